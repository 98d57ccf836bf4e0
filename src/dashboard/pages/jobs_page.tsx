/** Jobs by filters that are in the URL, page by page, live. */

import { Ago } from "../components/ago.tsx";
import { Empty } from "../components/empty.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Page } from "../components/page.tsx";
import { Pager } from "../components/pager.tsx";
import { StateBadge } from "../components/state_badge.tsx";
import { type Column, Table } from "../components/table.tsx";
import { listJobs } from "../api/calls.ts";
import type { Job } from "../api/types.ts";
import { shownState } from "../format/job_state.ts";
import { useResource } from "../live/resource.ts";
import { query } from "../router/place.ts";
import { jobUrl } from "../router/routes.ts";

const columns: readonly Column<Job>[] = [
  { title: "Job", cell: ({ id }) => id },
  { title: "State", cell: (job) => <StateBadge state={shownState(job)} /> },
  { title: "Queue", cell: ({ queue }) => queue },
  { title: "Attempts", cell: ({ attempts, max_retries }) => `${attempts}/${max_retries}`, isNumber: true },
  { title: "Command", cell: ({ command }) => <code>{command}</code>, isWide: true },
  { title: "Enqueued", cell: ({ created_at }) => <Ago at={created_at} /> },
];

export function JobsPage() {
  const filters = Object.fromEntries(query.value);
  const jobs = useResource(query.value.toString(), (signal) => listJobs(filters, signal));
  return (
    <Page title="Jobs">
      <Loaded resource={jobs} lines={12}>
        {({ jobs: rows, next }) =>
          rows.length === 0 ? <Empty title="No job is like that." /> : (
            <>
              <Table
                caption="Jobs"
                columns={columns}
                rows={rows}
                rowKey={({ id }) => id}
                rowUrl={({ id }) => jobUrl(id)}
              />
              <Pager next={next} />
            </>
          )}
      </Loaded>
    </Page>
  );
}
