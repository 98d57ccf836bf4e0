/** What there is, what runs, and what went wrong, at one look. */

import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { StateCounts } from "./overview/state_counts.tsx";
import { status } from "../live/events.ts";

export function OverviewPage() {
  return (
    <Page title="Overview">
      {status.value === null ? <Loading lines={3} /> : <StateCounts status={status.value} />}
    </Page>
  );
}
