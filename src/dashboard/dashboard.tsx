/** The dashboard in the browser: starts what it lives by, and shows the page that the URL means. */

import { type ComponentType, render } from "preact";
import { Layout } from "./components/layout.tsx";
import { startKeys } from "./keys/keys.ts";
import { startClock } from "./live/clock.ts";
import { startEvents } from "./live/events.ts";
import { DeadLettersPage } from "./pages/dead_letters_page.tsx";
import { JobPage } from "./pages/job_page.tsx";
import { JobsPage } from "./pages/jobs_page.tsx";
import { MissingPage } from "./pages/missing_page.tsx";
import { OverviewPage } from "./pages/overview_page.tsx";
import { QueuesPage } from "./pages/queues_page.tsx";
import { WorkersPage } from "./pages/workers_page.tsx";
import { match, startRouter } from "./router/place.ts";
import type { PageName } from "./router/routes.ts";

/** What a page is given: what stands in its path. */
export interface PageParams {
  readonly params: Readonly<Record<string, string>>;
}

const pages: Readonly<Record<PageName, ComponentType<PageParams>>> = {
  overview: OverviewPage,
  jobs: JobsPage,
  job: JobPage,
  queues: QueuesPage,
  deadLetters: DeadLettersPage,
  workers: WorkersPage,
};

function Dashboard() {
  const { page, params } = match.value ?? { page: null, params: {} };
  const Shown = page === null ? MissingPage : pages[page];
  // Another job is another page, with nothing left of the one before.
  return (
    <Layout>
      <Shown key={`${page} ${Object.values(params).join(" ")}`} params={params} />
    </Layout>
  );
}

startRouter();
startKeys();
startClock();
startEvents();
render(<Dashboard />, document.getElementById("dashboard")!);
