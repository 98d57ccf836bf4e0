/** What can be done to the jobs that are selected, how far it is, and what became of it. */

import { type Signal, useSignal } from "@preact/signals";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import {
  type BulkAction,
  cancelMatching,
  changeJobs,
  listJobs,
  purgeDead,
  retryDead,
} from "../../api/calls.ts";
import { countOf, formatCount } from "../../format/count.ts";
import { jobUrl } from "../../router/routes.ts";
import { bulkWords, changeEach, filteredActions, questionOf, resultText } from "./bulk.ts";
import type { BulkResult } from "./bulk.ts";
import { type JobFilters, setFilters } from "./filters.ts";

export interface BulkBarProps {
  readonly filters: JobFilters;
  readonly selected: Signal<ReadonlySet<string>>;
  /** Whether there are more jobs than the page shows. */
  readonly hasMore: boolean;
  readonly onDone: () => void;
}

const actions: readonly BulkAction[] = ["cancel", "retry", "remove"];

export function BulkBar({ filters, selected, hasMore, onDone }: BulkBarProps) {
  /** How many match, where all of them are meant; else null. */
  const all = useSignal<number | null>(null);
  const running = useSignal<
    { readonly action: BulkAction; readonly done: number; readonly of: number } | null
  >(
    null,
  );
  /** What became of the last ones, where some of them could not be changed. */
  const partly = useSignal<BulkResult | null>(null);
  const onAll = filteredActions(filters);
  const count = all.value ?? selected.value.size;
  const clear = () => {
    selected.value = new Set();
    all.value = null;
  };
  const run = async (action: BulkAction) => {
    if (!await confirm(questionOf(action, count))) return;
    partly.value = null;
    running.value = { action, done: 0, of: count };
    try {
      if (all.value !== null) sayDone(await changeAll(action, filters));
      else {
        const result = await changeEach(action, [...selected.value], {
          change: changeJobs,
          onProgress: (done) => running.value = { action, done, of: count },
        });
        if (result.failures.length === 0) sayDone(resultText(result));
        else partly.value = result;
      }
      clear();
    } catch (error) {
      sayFailed(error);
    }
    running.value = null;
    onDone();
  };
  if (selected.value.size === 0) {
    return <Failures result={partly.value} onClose={() => partly.value = null} />;
  }
  return (
    <>
      <Failures result={partly.value} onClose={() => partly.value = null} />
      <section class="bulk" aria-label="What to do with the selected jobs">
        {running.value !== null
          ? (
            <p class="bulk-progress" role="status">
              <progress
                aria-label={bulkWords[running.value.action].does}
                max={running.value.of}
                {...(all.value === null ? { value: running.value.done } : {})}
              />
              {bulkWords[running.value.action].does}: {all.value === null
                ? `${formatCount(running.value.done)} of ${countOf(running.value.of, "job")}`
                : countOf(running.value.of, "job")}
            </p>
          )
          : (
            <>
              <p class="bulk-count" role="status">
                <strong>{all.value === null ? "" : "All "}{countOf(count, "job")}</strong> selected
              </p>
              <div class="bulk-actions">
                {(all.value === null ? actions : onAll).map((action) => (
                  <Button
                    key={action}
                    kind={action === "remove" ? "danger" : "plain"}
                    onClick={() => void run(action)}
                  >
                    {bulkWords[action].does}
                  </Button>
                ))}
                {all.value === null && hasMore && onAll.length > 0 && (
                  <SelectAllMatching
                    filters={filters}
                    onCounted={(total) => all.value = total}
                  />
                )}
                <Button kind="quiet" onClick={clear}>Clear</Button>
              </div>
            </>
          )}
      </section>
    </>
  );
}

function SelectAllMatching(
  { filters, onCounted }: { readonly filters: JobFilters; readonly onCounted: (total: number) => void },
) {
  const isCounting = useSignal(false);
  const count = async () => {
    isCounting.value = true;
    try {
      onCounted(await countMatching(filters));
    } catch (error) {
      sayFailed(error);
    }
    isCounting.value = false;
  };
  return (
    <Button kind="quiet" isBusy={isCounting.value} onClick={() => void count()}>
      {filters.state === "" ? "Select all that match and are not over" : "Select all that match"}
    </Button>
  );
}

/** Where no state is given, of those that are not over: they alone can be cancelled. */
async function countMatching(filters: JobFilters): Promise<number> {
  const states = filters.state === "" ? (["pending", "processing", "blocked"] as const) : [filters.state];
  const pages = await Promise.all(
    states.map((state) => listJobs({ ...setFilters({ ...filters, state }), limit: 1, count: true })),
  );
  return pages.reduce((sum, { total = 0 }) => sum + total, 0);
}

/** Has the server change all that the filters mean; returns what became of it. */
async function changeAll(action: BulkAction, filters: JobFilters): Promise<string> {
  if (action === "cancel") {
    const { cancelled, ending } = await cancelMatching(setFilters(filters));
    return `${countOf(cancelled, "job")} cancelled${
      ending === 0 ? "" : `, ${countOf(ending, "run")} being ended`
    }.`;
  }
  const dead = filters.queue === "" ? { all: true } : { filter: { queue: filters.queue } };
  if (action === "remove") return `${countOf((await purgeDead(dead)).deleted, "job")} removed.`;
  const answer = await retryDead(dead);
  if (Array.isArray(answer)) return `${countOf(answer.length, "job")} retried.`;
  const { retried, without_key } = answer;
  const left = without_key === 0 ? "" : `, ${formatCount(without_key)} not: others have their unique keys`;
  return `${countOf(retried, "job")} retried${left}.`;
}

const mostFailures = 10;

function Failures({ result, onClose }: { readonly result: BulkResult | null; readonly onClose: () => void }) {
  if (result === null) return null;
  const { failures } = result;
  return (
    <div class="problem" role="alert">
      <p>{resultText(result)}</p>
      <ul>
        {failures.slice(0, mostFailures).map(({ id, error }) => (
          <li key={id}>
            <a href={jobUrl(id)}>{id}</a>: {error instanceof Error ? error.message : String(error)}
          </li>
        ))}
        {failures.length > mostFailures && <li>and {formatCount(failures.length - mostFailures)} more</li>}
      </ul>
      <Button onClick={onClose}>Close</Button>
    </div>
  );
}
