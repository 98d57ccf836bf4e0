import { retryJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { changedJson } from "../../operations/json.ts";
import { someIds } from "../operands.ts";
import { cascadeFlag, sayBelow } from "../retry_flags.ts";

interface Options {
  readonly ids: readonly string[];
  readonly cascade: boolean;
}

export const retry: Command<Options> = {
  name: "retry",
  summary: "let jobs run again, or at once",
  usage: ["ID … [--cascade] [--json]"],
  details: [
    "A job that is completed, dead or cancelled is pending again and due at once, with 0 attempts; its earlier runs " +
    "stay in show. One that waits is due at once. One that is processing or blocked is refused.",
    "A cancelled job that waited for others waits again for those that have not ended, and for no others. With " +
    "--cascade the jobs that were cancelled since this one ended in vain wait for it again, and so on down the graph.",
  ],
  flags: [cascadeFlag, jsonFlag],
  settings: ["durability"],
  examples: [
    { line: "queuectl retry job1", does: "whatever it came to" },
    { line: "queuectl retry fetch --cascade", does: "and what waited for it in vain" },
    { line: "queuectl dlq retry --all", does: "all dead ones" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse: (words) => ({ ids: someIds(words, "retry"), cascade: words.switches.has("cascade") }),
  async run({ ids, cascade }, session) {
    const store = await session.store();
    const retried = await retryJobs(store, session.home.machine(), { ids, from: "any", cascade });
    if (session.json) {
      session.printJson(changedJson(ids, retried.states));
      return 0;
    }
    const jobs = await store.jobsOf(ids);
    const [blocked, due] = [true, false].map((isBlocked) =>
      ids.filter((_, index) => (jobs[index]?.state === "blocked") === isBlocked)
    ) as [string[], string[]];
    if (due.length > 0) {
      session.say(due.length > 5 ? `${due.length} jobs are due now.` : `${due.join(", ")}: due now.`);
    }
    if (blocked.length > 5) session.say(`${blocked.length} jobs wait for others again.`);
    else if (blocked.length > 0) session.say(`${blocked.join(", ")}: waits for other jobs again.`);
    sayBelow(retried, `retry ${ids.length > 5 ? "…" : ids.join(" ")}`, session);
    return 0;
  },
};
