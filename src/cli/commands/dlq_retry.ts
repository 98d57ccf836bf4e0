import { retryAllDead, retryJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { changedJson } from "../json.ts";
import { checkedId } from "../operands.ts";
import { cascadeFlag, sayLeft } from "../retry_flags.ts";
import { usage } from "../words.ts";

interface Options {
  /** "all" for every dead job. */
  readonly ids: readonly string[] | "all";
  readonly cascade: boolean;
}

export const dlqRetry: Command<Options> = {
  name: "dlq retry",
  summary: "give dead jobs all their attempts again",
  usage: ["ID … [--cascade] [--json]", "--all [--cascade] [--json]"],
  details: ["They are pending and due at once, with 0 attempts; their earlier runs stay in `show`."],
  flags: [{ name: "all", help: "every dead job" }, cascadeFlag, jsonFlag],
  settings: ["durability"],
  examples: [
    { line: "queuectl dlq retry job1", does: "this one" },
    { line: "queuectl dlq retry --all", does: "all of them" },
    { line: "queuectl dlq retry --all --cascade", does: "and what waited for them in vain" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const all = words.switches.has("all");
    if (all && words.operands.length > 0) throw usage("it takes ids or --all, not both", "dlq retry");
    if (!all && words.operands.length === 0) throw usage("it needs the ids of jobs, or --all", "dlq retry");
    return {
      ids: all ? "all" : words.operands.map(checkedId),
      cascade: words.switches.has("cascade"),
    };
  },
  async run({ ids, cascade }, session) {
    const store = await session.store();
    const { wake } = session.home.machine();
    if (ids === "all") {
      const count = await retryAllDead(store, { wake }, { cascade });
      if (session.json) session.printJson({ retried: count });
      else {session.say(
          count === 0
            ? "The dead letter queue is empty."
            : `${count === 1 ? "1 job is" : `${count} jobs are`} pending again.`,
        );}
      return 0;
    }
    const retried = await retryJobs(store, { wake }, { ids, from: "dead", cascade });
    if (session.json) session.printJson(changedJson(ids, retried.states));
    else {
      session.say(
        ids.length > 5 ? `${ids.length} jobs are pending again.` : `${ids.join(", ")}: pending again.`,
      );
      sayLeft(retried, `retry ${ids.length > 5 ? "…" : ids.join(" ")}`, session);
    }
    return 0;
  },
};
