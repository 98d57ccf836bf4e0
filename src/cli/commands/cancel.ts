import type { JobState } from "../../core/job.ts";
import { cancelJobs } from "../../operations/change_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { someIds } from "../operands.ts";
import type { Session } from "../session.ts";

export const cancel: Command<readonly string[]> = {
  name: "cancel",
  summary: "let jobs not run, or end their runs",
  usage: ["ID …"],
  details: [
    "A job that waits is cancelled at once. The run of one that is processing is ended, on whichever host it is: " +
    "SIGTERM to all of its processes, SIGKILL after the grace (kill_after). No attempt is charged. A run that has " +
    "succeeded by itself before that is completed all the same. A job that is over stays as it is.",
  ],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [
    { line: "queuectl cancel job1", does: "whether it waits or runs" },
    { line: "queuectl retry job1", does: "take it back" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse: (words) => someIds(words, "cancel"),
  async run(ids, session) {
    const states = await cancelJobs(await session.store(), session.home.machine(), ids);
    if (session.json) session.printJson(ids.map((id, index) => ({ id, was: states[index]! })));
    else for (const [index, id] of ids.entries()) say(session, id, states[index]!);
    return 0;
  },
};

function say(session: Session, id: string, was: JobState): void {
  if (was === "processing") session.say(`${id}: its run is being ended.`);
  else if (was === "pending" || was === "blocked") session.say(`${id}: cancelled.`);
  else session.say(`${id}: left as it is, ${was} already.`);
}
