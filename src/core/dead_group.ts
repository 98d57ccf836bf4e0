import type { ErrorGroup } from "./error_group.ts";

/** Dead jobs that died of the same, counted. */
export interface DeadGroup extends ErrorGroup {
  readonly count: number;
  /** When the first and the last of them died. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** The id of the one that died last. */
  readonly example: string;
  /** Of which they are, by name. */
  readonly queues: readonly string[];
}
