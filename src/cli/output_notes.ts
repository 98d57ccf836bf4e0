/** What is said of a job's output beside the output itself. */

import type { OutputStream } from "../operations/show_job.ts";
import type { Session } from "./session.ts";

export function saySkipped(session: Session, stream: OutputStream, bytes: number): void {
  session.say(`── ${bytes} bytes of std${stream} were not in the store in time`);
}
