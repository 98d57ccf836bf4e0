import { retryJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { changedJson } from "../json.ts";
import { someIds } from "../operands.ts";

export const retry: Command<readonly string[]> = {
  name: "retry",
  summary: "let jobs run again, or at once",
  usage: ["ID … [--json]"],
  details: [
    "A job that is completed, dead or cancelled is pending again and due at once, with 0 attempts; its earlier runs " +
    "stay in show. One that waits is due at once. One that is processing is refused.",
  ],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [
    { line: "queuectl retry job1", does: "whatever it came to" },
    { line: "queuectl dlq retry --all", does: "all dead ones" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse: (words) => someIds(words, "retry"),
  async run(ids, session) {
    const states = await retryJobs(await session.store(), session.home.machine(), { ids, from: "any" });
    if (session.json) session.printJson(changedJson(ids, states));
    else session.say(ids.length > 5 ? `${ids.length} jobs are due now.` : `${ids.join(", ")}: due now.`);
    return 0;
  },
};
