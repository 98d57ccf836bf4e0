import { paceRule, parsePace } from "../../core/pace.ts";
import { retryJobs } from "../../operations/change_jobs.ts";
import { findDead, retryFound } from "../../operations/dead_letters.ts";
import type { Command } from "../command.ts";
import { confirm, yesFlag } from "../confirm.ts";
import {
  deadFilterAt,
  deadFilterOf,
  deadFlags,
  type GivenDead,
  groupFlag,
  groupOf,
  hasDeadFilter,
} from "../dead_flags.ts";
import { jsonFlag } from "../flag.ts";
import { changedJson } from "../../operations/json.ts";
import { checkedId } from "../operands.ts";
import { cascadeFlag, sayBelow } from "../retry_flags.ts";
import type { Session } from "../session.ts";
import { type ParsedWords, usage, valueOf } from "../words.ts";

/** Which jobs: by their ids, or by a filter, which is asked about unless one is sure. */
type Options = ByIds | ByFilter;

interface ByIds {
  readonly ids: readonly string[];
  readonly cascade: boolean;
}

interface ByFilter {
  readonly filter: GivenDead;
  readonly group: string | null;
  /** The milliseconds between two of them, or null for all at once. */
  readonly stepMs: number | null;
  readonly isSure: boolean;
  readonly cascade: boolean;
}

const name = "dlq retry";

export const dlqRetry: Command<Options> = {
  name,
  summary: "give dead jobs all their attempts again",
  usage: [
    "ID … [--cascade] [--json]",
    "--all [--pace N/s] [--cascade] [--json]",
    "FILTER [--pace N/s] [--cascade] [--yes] [--json]",
  ],
  details: [
    "They are pending and due at once, with 0 attempts; their earlier runs stay in `show`. With --pace one is due after " +
    "the other, in the order in which they arrived.",
    "A filter means the dead jobs of which all its flags are true. Their number is said and asked about; without a " +
    "terminal nothing is changed unless --yes is given. A job whose unique key another job has meanwhile stays dead.",
  ],
  flags: [
    { name: "all", help: "every dead job" },
    ...deadFlags,
    groupFlag,
    { name: "pace", placeholder: "N/s", help: "so many a second, a minute (/m) or an hour (/h)" },
    cascadeFlag,
    yesFlag,
    jsonFlag,
  ],
  settings: ["durability"],
  examples: [
    { line: "queuectl dlq retry job1", does: "this one" },
    { line: "queuectl dlq retry --all --pace 10/s", does: "all of them, not all at once" },
    { line: "queuectl dlq retry --all --cascade", does: "and what waited for them in vain" },
    { line: "queuectl dlq retry --exit-code 7 --since 2h --yes", does: "for scripts" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const all = words.switches.has("all");
    const hasFilter = hasDeadFilter(words);
    const cascade = words.switches.has("cascade");
    if (words.operands.length > 0) {
      if (all) throw usage("it takes ids or --all, not both", name);
      if (hasFilter) throw usage("it takes ids or a filter, not both", name);
      if (words.values.has("pace")) throw usage("--pace is for --all or a filter, not for ids", name);
      return { ids: words.operands.map(checkedId), cascade };
    }
    if (!all && !hasFilter) throw usage("it needs the ids of jobs, a filter, or --all", name);
    if (all && hasFilter) throw usage("it takes --all or a filter, not both", name);
    return {
      filter: deadFilterOf(words),
      group: groupOf(words),
      stepMs: stepOf(words),
      // Who says all means all.
      isSure: all || words.switches.has("yes"),
      cascade,
    };
  },
  async run(options, session) {
    return "ids" in options ? await retryByIds(options, session) : await retryByFilter(options, session);
  },
};

function stepOf(words: ParsedWords): number | null {
  const text = valueOf(words, "pace");
  if (text === undefined) return null;
  const stepMs = parsePace(text);
  if (stepMs !== undefined) return stepMs;
  throw usage(`--pace cannot be "${text}": ${paceRule}`, name);
}

async function retryByIds({ ids, cascade }: ByIds, session: Session): Promise<number> {
  const retried = await retryJobs(await session.store(), session.home.machine(), {
    ids,
    from: "dead",
    cascade,
  });
  if (session.json) session.printJson(changedJson(ids, retried.states));
  else if (ids.length > 5) session.say(`${ids.length} jobs are pending again.`);
  else session.say(`${ids.join(", ")}: pending again.`);
  if (!session.json) sayBelow(retried, `retry ${ids.length > 5 ? "…" : ids.join(" ")}`, session);
  return 0;
}

async function retryByFilter(
  { filter, group, stepMs, isSure, cascade }: ByFilter,
  session: Session,
): Promise<number> {
  const store = await session.store();
  const found = await findDead(store, { filter: deadFilterAt(filter, await store.now()), group });
  if (found.count > 0 && !isSure && !await confirm(session, { action: "retry", count: found.count })) {
    session.say("Nothing was retried.");
    return 1;
  }
  const { retried, withoutKey } = await retryFound(store, session.home.machine(), {
    found,
    stepMs,
    cascade,
    onBatch: (count) => session.progress(`Retrying: ${count} of ${found.count}`),
  }).finally(() => session.progress(""));
  if (session.json) session.printJson({ retried, without_key: withoutKey });
  const dead = (await store.counts()).byState.dead;
  if (found.count === 0) {
    session.say(dead === 0 ? "The dead letter queue is empty." : "No dead job is meant.");
  } else session.say(`${retried === 1 ? "1 job is" : `${retried} jobs are`} pending again.`);
  if (withoutKey > 0) {
    session.say(
      `${withoutKey === 1 ? "1 stays" : `${withoutKey} stay`} dead: others have their unique keys.`,
    );
  }
  return 0;
}
