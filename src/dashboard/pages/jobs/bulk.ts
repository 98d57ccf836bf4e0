/** The same done to many jobs: one by one, so that what one of them refuses is not in the way of the others. */

import type { BulkAction } from "../../api/calls.ts";
import type { Changed } from "../../api/types.ts";
import { countOf } from "../../format/count.ts";
import type { JobFilters } from "./filters.ts";

export const bulkWords: Readonly<Record<BulkAction, { readonly does: string; readonly done: string }>> = {
  cancel: { does: "Cancel", done: "cancelled" },
  retry: { does: "Retry", done: "retried" },
  remove: { does: "Remove", done: "removed" },
};

export interface BulkFailure {
  readonly id: string;
  readonly error: unknown;
}

export interface BulkResult {
  readonly action: BulkAction;
  readonly changed: number;
  /** Jobs that were over, so that there was nothing to cancel. */
  readonly over: number;
  readonly failures: readonly BulkFailure[];
}

/** Requests that are under way at the same time. */
const atOnce = 6;
const finalStates = ["completed", "dead", "cancelled"];

/** `change` is called for each id; `onProgress` is told how many are done. */
export async function changeEach(
  action: BulkAction,
  ids: readonly string[],
  { change, onProgress }: {
    readonly change: (action: BulkAction, ids: readonly string[]) => Promise<Changed>;
    readonly onProgress: (done: number) => void;
  },
): Promise<BulkResult> {
  const failures: BulkFailure[] = [];
  let [changed, over, next, done] = [0, 0, 0, 0];
  const work = async () => {
    while (next < ids.length) {
      const id = ids[next++]!;
      try {
        const [answer] = await change(action, [id]);
        if (action === "cancel" && finalStates.includes(answer!.was)) over++;
        else changed++;
      } catch (error) {
        failures.push({ id, error });
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, work));
  return { action, changed, over, failures };
}

/** "118 jobs cancelled, 2 were over already." */
export function resultText({ action, changed, over, failures }: BulkResult): string {
  const parts = [`${countOf(changed, "job")} ${bulkWords[action].done}`];
  if (over > 0) parts.push(`${over} ${over === 1 ? "was" : "were"} over already`);
  if (failures.length > 0) parts.push(`${failures.length} could not be`);
  return `${parts.join(", ")}.`;
}

/** "Cancel 3 jobs?", and what that means for them. */
export function questionOf(action: BulkAction, count: number) {
  const title = `${bulkWords[action].does} ${countOf(count, "job")}`;
  const means = {
    cancel:
      "Jobs that wait will not run, and runs that are under way are ended. Jobs that are over stay as they are.",
    retry: "They are due at once and have all their attempts again. Their history stays.",
    remove: "They go with their history and output, and do not come back. Jobs that run are not removed.",
  }[action];
  return { title: `${title}?`, text: means, action: title, isDangerous: action !== "retry" };
}

/** What the API does to all that the filters mean, and not only to jobs that are named. */
export function filteredActions(
  { state, text, label, meta, since, queue }: JobFilters,
): BulkAction[] {
  const isNamedElse = text !== "" || label !== "" || meta.length > 0 || since !== "";
  if (state === "dead") return isNamedElse ? [] : ["retry", "remove"];
  if (state === "completed" || state === "cancelled") return [];
  return state !== "" || queue !== "" || isNamedElse ? ["cancel"] : [];
}
