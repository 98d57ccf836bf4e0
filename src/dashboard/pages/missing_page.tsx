/** Where a path leads nowhere. */

import { Empty } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";

export function MissingPage() {
  return (
    <Page title="Not found">
      <Empty title="There is no such page.">
        <a href="/">To the overview</a>
      </Empty>
    </Page>
  );
}
