/** What `retry` and `dlq retry` have in common. */

import type { RetriedJobs } from "../operations/change_jobs.ts";
import type { Flag } from "./flag.ts";
import type { Session } from "./session.ts";

export const cascadeFlag: Flag = {
  name: "cascade",
  help: "also the jobs that waited for them and were cancelled since they ended in vain",
};

/** Says what still is cancelled because of how the jobs had ended. */
export function sayLeft({ left }: RetriedJobs, call: string, session: Session): void {
  if (left === 0) return;
  session.say(
    `${left === 1 ? "1 job that waited is" : `${left} jobs that waited are`} still cancelled.\n` +
      `  Let them wait again: ${session.commandLine(`${call} --cascade`)}`,
  );
}
