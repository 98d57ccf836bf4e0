import { deadPages, findDead } from "../../operations/dead_letters.ts";
import { giveBackAll, removePage } from "../../operations/remove_finished.ts";
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
import { noOperands, usage } from "../words.ts";

interface Options {
  readonly filter: GivenDead;
  readonly group: string | null;
  readonly isSure: boolean;
}

export const dlqPurge: Command<Options> = {
  name: "dlq purge",
  summary: "delete dead jobs with their history and output",
  usage: ["FILTER [--yes] [--json]", "--all [--yes] [--json]"],
  details: [
    "A filter means the dead jobs of which all its flags are true. Their number is said and asked about; without a " +
    "terminal nothing is deleted unless --yes is given. Jobs for whose end others still wait, or whose unique key is " +
    "still taken, are left. Output over 64 KB that another host has kept stays there.",
  ],
  flags: [{ name: "all", help: "every dead job" }, ...deadFlags, groupFlag, yesFlag, jsonFlag],
  settings: ["durability"],
  examples: [
    { line: "queuectl dlq purge --older-than 7d", does: "asks before" },
    { line: "queuectl dlq purge --exit-code 3 --yes", does: "for scripts" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    noOperands(words, "dlq purge");
    const all = words.switches.has("all");
    const hasFilter = hasDeadFilter(words);
    if (!all && !hasFilter) throw usage("it needs a filter such as --older-than 7d, or --all", "dlq purge");
    if (all && hasFilter) throw usage("it takes --all or a filter, not both", "dlq purge");
    return { filter: deadFilterOf(words), group: groupOf(words), isSure: words.switches.has("yes") };
  },
  async run({ filter, group, isSure }, session) {
    const store = await session.store();
    const now = await store.now();
    const meant = { ...deadFilterAt(filter, now), spentAt: now };
    const found = await findDead(store, { filter: meant, group });
    if (found.count > 0 && !isSure && !await confirm(session, { action: "delete", count: found.count })) {
      session.say("Nothing was deleted.");
      return 1;
    }
    let deleted = 0;
    try {
      for await (const page of deadPages(store, found)) {
        deleted += await removePage(store, session.home.machine(), {
          jobs: page,
          filter: found.filter,
          onBatch: (count) => session.progress(`Deleting: ${deleted + count} of ${found.count}`),
        });
      }
      if (deleted > 0) await giveBackAll(store);
    } finally {
      session.progress("");
    }
    if (session.json) session.printJson({ deleted });
    session.say(`${deleted === 1 ? "1 dead job is" : `${deleted} dead jobs are`} deleted.`);
    return 0;
  },
};
