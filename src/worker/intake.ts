import type { ClaimRequest } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import type { Slots } from "./slots.ts";

/** A way in which a worker takes jobs in: from some queues, each into slots of that way. */
export interface Intake {
  readonly queues: readonly string[];
  readonly slots: Slots;
}

/** A request to fill so many of its slots. */
export function claimRequest(
  { machine, workerId }: Pick<WorkerContext, "machine" | "workerId">,
  { queues }: Intake,
  limit: number,
): ClaimRequest {
  return { workerId, queues, limit, newMark: () => machine.chance.token(12) };
}
