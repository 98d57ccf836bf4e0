import { QueueError, unknownJob } from "../core/errors.ts";
import type { Job } from "../core/job.ts";
import type { JobChanges } from "../core/job_changes.ts";
import type { Machine } from "../core/ports.ts";
import type { Store } from "../store/store.ts";

/** Changes a job that waits; returns it as it was and as it is. Throws where it does not wait, or is not there. */
export async function editJob(
  store: Store,
  machine: Pick<Machine, "wake">,
  { id, changes }: { readonly id: string; readonly changes: JobChanges },
): Promise<{ readonly before: Job; readonly after: Job }> {
  const edited = await store.edit(id, changes);
  if (edited === null) throw unknownJob(id, "edit");
  const { before, after } = edited;
  if (after === null) {
    throw new QueueError("refused", `Cannot edit job "${id}": it is ${before.state}`, {
      hint: "Only a job that waits can be edited; see which do: queuectl list --state pending",
    });
  }
  // Which of them could take it, nobody here knows.
  machine.wake.wakeIdle(Infinity);
  return { before, after };
}
