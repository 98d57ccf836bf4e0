import { removeJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { changedJson } from "../../operations/json.ts";
import { someIds } from "../operands.ts";

export const remove: Command<readonly string[]> = {
  name: "remove",
  summary: "delete jobs with their history and output",
  usage: ["ID … [--json]"],
  details: [
    "Nothing of them is left, and their ids may be used again. A job that is processing is refused: cancel it first. " +
    "Output over 64 KB that another host has kept stays there.",
  ],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [{ line: "queuectl remove job1 job2", does: "these two" }],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse: (words) => someIds(words, "remove"),
  async run(ids, session) {
    const states = await removeJobs(await session.store(), session.home.machine(), ids);
    if (session.json) session.printJson(changedJson(ids, states));
    else session.say(ids.length > 5 ? `${ids.length} jobs are removed.` : `${ids.join(", ")}: removed.`);
    return 0;
  },
};
