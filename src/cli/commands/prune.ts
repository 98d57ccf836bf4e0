import { formatDuration } from "../../core/duration.ts";
import { QueueError } from "../../core/errors.ts";
import { isFinal, type JobState, jobStates } from "../../core/job.ts";
import { didYouMean } from "../../core/suggest.ts";
import { countFinished, findFinished, removeFinished } from "../../operations/remove_finished.ts";
import type { Command } from "../command.ts";
import { confirm, yesFlag } from "../confirm.ts";
import { olderThanFlag, olderThanOf } from "../dead_flags.ts";
import { textOf } from "../filter_flags.ts";
import { jsonFlag } from "../flag.ts";
import { noOperands, type ParsedWords } from "../words.ts";

interface Options {
  readonly states: readonly JobState[];
  readonly queue: string | undefined;
  readonly olderThanMs: number;
  readonly isDryRun: boolean;
  readonly isSure: boolean;
}

const finalStates = jobStates.filter(isFinal);
/** Dead jobs are a to-do list of somebody; only who names them means them. */
const usualStates: readonly JobState[] = ["completed", "cancelled"];
const usualAgeMs = 30 * 24 * 60 * 60 * 1000;

export const prune: Command<Options> = {
  name: "prune",
  summary: "delete old finished jobs with their history and output",
  usage: ["[--older-than DURATION] [--state STATE …] [--queue NAME] [--dry-run] [--yes] [--json]"],
  details: [
    `Means completed and cancelled jobs that ended ${
      formatDuration(usualAgeMs)
    } ago or longer, unless it is told ` +
    "otherwise; dead ones only with --state dead. Their number is said and asked about; without a terminal nothing is " +
    "deleted unless --yes is given. Jobs for whose end others still wait, or whose unique key is still taken, are left.",
    "It deletes in many small steps, so that workers go on meanwhile; when it is ended early, the next call goes on. The " +
    "room goes back to the disk. Output over 64 KB that another host has kept stays there.",
  ],
  flags: [
    { ...olderThanFlag, help: `only jobs that ended so long ago, or longer (${formatDuration(usualAgeMs)})` },
    {
      name: "state",
      short: "s",
      placeholder: "STATE",
      help: `${finalStates.join(", ")}; repeatable (${usualStates.join(" and ")})`,
      repeatable: true,
    },
    { name: "queue", placeholder: "NAME", help: "only jobs of this queue" },
    { name: "dry-run", help: "only say how many they are" },
    yesFlag,
    jsonFlag,
  ],
  settings: ["durability"],
  examples: [
    { line: "queuectl prune --dry-run", does: "how many it would be" },
    { line: "queuectl prune --older-than 7d --yes", does: "for cron" },
    { line: "queuectl prune --state dead --older-than 90d", does: "dead letters, which are kept otherwise" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    noOperands(words, "prune");
    return {
      states: statesOf(words),
      queue: textOf(words, "queue", "prune"),
      olderThanMs: olderThanOf(words) ?? usualAgeMs,
      isDryRun: words.switches.has("dry-run"),
      isSure: words.switches.has("yes"),
    };
  },
  async run({ states, queue, olderThanMs, isDryRun, isSure }, session) {
    const store = await session.store();
    const finishedUntil = await store.now() - olderThanMs;
    const found = await findFinished(store, { states, filter: { queue, finishedUntil } });
    const count = await countFinished(store, found);
    const what = count === 1 ? "1 job" : `${count} jobs`;
    if (isDryRun) {
      if (session.json) session.printJson({ dry_run: true, jobs: count });
      session.say(`${what} would be deleted.`);
      return 0;
    }
    if (count > 0 && !isSure && !await confirm(session, { action: "delete", count })) {
      session.say("Nothing was deleted.");
      return 1;
    }
    const deleted = await removeFinished(store, session.home.machine(), {
      found,
      onBatch: (done) => session.progress(`Deleting: ${done} of ${count}`),
    }).finally(() => session.progress(""));
    if (session.json) session.printJson({ dry_run: false, jobs: deleted });
    session.say(`${deleted === 1 ? "1 job is" : `${deleted} jobs are`} deleted.`);
    return 0;
  },
};

function statesOf(words: ParsedWords): readonly JobState[] {
  const texts = words.values.get("state");
  if (texts === undefined) return usualStates;
  return [...new Set(texts.map(stateOf))];
}

function stateOf(text: string): JobState {
  const found = jobStates.find((state) => state === text.toLowerCase());
  if (found !== undefined && isFinal(found)) return found;
  const why = found === undefined ? `"${text}" is no state` : `${found} jobs are not over`;
  throw new QueueError("usage", `Cannot prune jobs: ${why}`, {
    hint: didYouMean(text, finalStates) ?? `States are: ${finalStates.join(", ")}`,
  });
}
