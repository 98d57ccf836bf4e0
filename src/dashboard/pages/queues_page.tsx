/** Queues. Not there yet. */

import { Empty } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";

export function QueuesPage() {
  return (
    <Page title="Queues">
      <Empty title="This page is not there yet." />
    </Page>
  );
}
