/** Dead letters: by what they died of, the jobs of one group, and what can be done about them. */

import { useSignal } from "@preact/signals";
import { groupDead } from "../api/calls.ts";
import type { DeadGroup } from "../api/types.ts";
import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Page } from "../components/page.tsx";
import { countOf } from "../format/count.ts";
import { useResource } from "../live/resource.ts";
import { isReadOnly } from "../live/server.ts";
import { query } from "../router/place.ts";
import { paths } from "../router/routes.ts";
import {
  countMeant,
  type DeadFilter,
  filterOf,
  isNarrowed,
  mayChangeDead,
  queryOfGroups,
  selectionOf,
  whichOf,
} from "./dead_letters/filter.ts";
import { Filters } from "./dead_letters/filters.tsx";
import { GroupJobs } from "./dead_letters/group_jobs.tsx";
import { GroupTable } from "./dead_letters/group_table.tsx";
import { PurgeDialog } from "./dead_letters/purge_dialog.tsx";
import { RetryDialog } from "./dead_letters/retry_dialog.tsx";

/** Grouping reads every dead job, so it is not done for each that dies. */
const restMs = 2000;
/** Of removals no event tells. */
const everyMs = 15_000;

export function DeadLettersPage() {
  const filter = filterOf(query.value);
  const asked = queryOfGroups(filter);
  const groups = useResource(JSON.stringify(asked), (signal) => groupDead(asked, signal), {
    isAffected: mayChangeDead,
    restMs,
    everyMs,
  });
  const known = groups.value.value ?? [];
  const count = countMeant(known, filter);
  const open = useSignal<"retry" | "purge" | null>(null);
  const close = () => open.value = null;
  const done = () => {
    groups.reload();
    // What was pressed may be gone then.
    document.querySelector<HTMLElement>("main h1")?.focus();
  };
  const isOffered = !isReadOnly.value && count > 0;
  return (
    <Page
      title="Dead letters"
      actions={isOffered
        ? (
          <>
            <Button kind="primary" onClick={() => open.value = "retry"}>
              {`Retry ${countOf(count, "job")}…`}
            </Button>
            <Button onClick={() => open.value = "purge"}>Delete…</Button>
          </>
        )
        : undefined}
    >
      {(known.length > 0 || isNarrowed(filter)) && <Filters filter={filter} queues={queuesOf(known)} />}
      <Loaded resource={groups} lines={8}>
        {(all) =>
          filter.group !== ""
            ? <GroupJobs group={all.find(({ group }) => group === filter.group) ?? null} />
            : all.length === 0
            ? <NoDead filter={filter} />
            : <GroupTable groups={all} />}
      </Loaded>
      {open.value === "retry" && (
        <RetryDialog
          selection={selectionOf(filter)}
          count={count}
          which={whichOf(filter)}
          onClose={close}
          onDone={done}
        />
      )}
      {open.value === "purge" && <PurgeDialog filter={filter} onClose={close} onDone={done} />}
    </Page>
  );
}

function NoDead({ filter }: { readonly filter: DeadFilter }) {
  if (isNarrowed(filter)) {
    return (
      <Empty title="No dead letter is like that.">
        <a href={paths.deadLetters}>Show all of them</a>
      </Empty>
    );
  }
  return (
    <div class="good-news">
      <Empty title="No dead letters.">
        Every job has ended well, or has attempts left. One that runs out of them comes here, and waits for
        somebody.
      </Empty>
    </div>
  );
}

function queuesOf(groups: readonly DeadGroup[]): string[] {
  return [...new Set(groups.flatMap(({ queues }) => queues))].sort();
}
