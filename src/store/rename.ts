import { QueueError } from "../core/errors.ts";

/** Refuses to rename what is not there, or to a name that another queue has. */
export function refuseRename(
  { from, to }: { readonly from: string; readonly to: string },
  { isThere, isTaken }: { readonly isThere: boolean; readonly isTaken: boolean },
): void {
  const action = `Cannot rename queue "${from}" to "${to}"`;
  const hint = "See which there are: queuectl queue list";
  if (!isThere) throw new QueueError("not_found", `${action}: there is no queue "${from}"`, { hint });
  if (isTaken) {
    throw new QueueError("refused", `${action}: "${to}" has jobs or settings of its own`, {
      hint: "Choose a name that no queue has",
    });
  }
}
