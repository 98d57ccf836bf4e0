/** Dead letters. Not there yet. */

import { Empty } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";

export function DeadLettersPage() {
  return (
    <Page title="Dead letters">
      <Empty title="This page is not there yet." />
    </Page>
  );
}
