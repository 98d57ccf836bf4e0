/** The jobs that the URL means, kept current; while somebody reads them, none of them moves. */

import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { listJobs } from "../../api/calls.ts";
import type { JobPage } from "../../api/types.ts";
import { now } from "../../live/clock.ts";
import { onJobChange } from "../../live/events.ts";
import { type Resource, useResource } from "../../live/resource.ts";
import { type JobFilters, type Place, setFilters } from "./filters.ts";
import { freshRows, type HeldRows, patchRows, takePage } from "./held_rows.ts";

export const pageSize = 50;

export interface JobList {
  readonly rows: ReadonlySignal<HeldRows | null>;
  /** Whether what is shown is not yet what is asked for. */
  readonly isStale: boolean;
  readonly resource: Pick<Resource<unknown>, "error" | "reload">;
  /** Asks anew, and shows all of it: after a change that the reader has made. */
  renew(): void;
  /** Shows what came meanwhile. */
  showNewer(): void;
}

interface KeyedPage {
  readonly key: string;
  readonly page: JobPage;
}

/** `isBusy` says whether rows are in use, so that they must stay where they are. */
export function useJobList(filters: JobFilters, place: Place, isBusy: () => boolean): JobList {
  const key = JSON.stringify([filters, place]);
  const resource = useResource<KeyedPage>(
    key,
    async (signal) => ({ key, page: await loadPage(filters, place, signal) }),
    {
      isAffected: ({ queue }) => filters.queue === "" || filters.queue === queue,
      restMs: mustLookAtEach(filters) ? 5000 : 1000,
    },
  );
  const rows = useSignal<HeldRows | null>(null);
  const isRenewing = useRef(false);
  useSignalEffect(() => {
    const loaded = resource.value.value;
    if (loaded === null) return;
    rows.value = takePage(rows.peek(), loaded.page, {
      key: loaded.key,
      mayMove: isRenewing.current || !isBusy(),
    });
    isRenewing.current = false;
  });
  useEffect(() =>
    onJobChange((change) => {
      if (rows.value !== null) rows.value = patchRows(rows.value, change);
    }), []);
  const showNewer = () => {
    const loaded = resource.value.peek();
    if (loaded !== null) rows.value = freshRows(loaded.page, loaded.key);
  };
  const renew = () => {
    isRenewing.current = true;
    resource.reload();
  };
  const isHeld = useComputed(() => rows.value !== null && (rows.value.newer > 0 || rows.value.left.size > 0));
  // What was held goes on as soon as nobody reads any more.
  useSignalEffect(() => {
    if (isHeld.value && now.value > 0 && !isBusy()) showNewer();
  });
  return { rows, isStale: rows.value?.key !== key, resource, renew, showNewer };
}

/** Whether no index knows these filters, so that asking may take seconds among a million jobs. */
function mustLookAtEach({ text, label, meta, since }: JobFilters): boolean {
  return text !== "" || label !== "" || meta.length > 0 || since !== "";
}

async function loadPage(
  filters: JobFilters,
  { after, before }: Place,
  signal: AbortSignal,
): Promise<JobPage> {
  const asked = { ...setFilters(filters), limit: pageSize };
  if (before === null) return await listJobs({ ...asked, after }, signal);
  const { jobs } = await listJobs({ ...asked, sort: "created", after: before }, signal);
  // Fewer than a page: those are the newest, with some of what was shown already.
  if (jobs.length < pageSize) return await listJobs(asked, signal);
  const newestFirst = jobs.toReversed();
  return { jobs: newestFirst, next: `@${newestFirst.at(-1)!.arrival}` };
}
