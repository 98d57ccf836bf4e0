/** One job. Not there yet. */

import { Empty } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";

export function JobPage({ params }: { readonly params: Readonly<Record<string, string>> }) {
  return (
    <Page title={`Job ${params.id}`}>
      <Empty title="This page is not there yet." />
    </Page>
  );
}
