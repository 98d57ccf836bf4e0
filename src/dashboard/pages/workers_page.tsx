/** Workers. Not there yet. */

import { Empty } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";

export function WorkersPage() {
  return (
    <Page title="Workers">
      <Empty title="This page is not there yet." />
    </Page>
  );
}
