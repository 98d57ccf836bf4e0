/** What `retry` and `dlq retry` have in common. */

import type { RetriedJobs } from "../operations/change_jobs.ts";
import type { Flag } from "./flag.ts";
import type { Session } from "./session.ts";

export const cascadeFlag: Flag = {
  name: "cascade",
  help: "also the jobs that waited for them and were cancelled since they ended in vain",
};

/** Says what waits again, and what still is cancelled, because of how the jobs had ended. */
export function sayBelow({ revived, left }: RetriedJobs, call: string, session: Session): void {
  if (revived > 0) {
    session.say(
      revived === 1
        ? "1 job that waited in vain: waits again."
        : `${revived} jobs that waited in vain: wait again.`,
    );
  }
  if (left === 0) return;
  session.say(
    `${left === 1 ? "1 job that waited is" : `${left} jobs that waited are`} still cancelled.\n` +
      `  Let them wait again: ${session.commandLine(`${call} --cascade`)}`,
  );
}
