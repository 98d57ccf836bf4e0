/** What there is, what runs, and what went wrong, at one look; what needs somebody comes first. */

import { useComputed } from "@preact/signals";
import { Choice } from "../components/choice.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { Problem } from "../components/problem.tsx";
import { listJobs, readQueues, readStatistics, readWaiting, readWorkers } from "../api/calls.ts";
import { now } from "../live/clock.ts";
import { status } from "../live/events.ts";
import { useResource } from "../live/resource.ts";
import { changeQuery, query } from "../router/place.ts";
import { Charts } from "./overview/charts.tsx";
import { HealthPanel } from "./overview/health_panel.tsx";
import { OldestWaiting } from "./overview/oldest_waiting.tsx";
import { RunningNow } from "./overview/running_now.tsx";
import { StateCounts } from "./overview/state_counts.tsx";
import { windowNames, windowOf, windows } from "./overview/window.ts";

/** Of more dead letters than that it is not asked which died first: all of them would have to be looked at. */
const mostDatedDead = 1000;

export function OverviewPage() {
  const name = windowOf(query.value);
  const { words, points, isLong } = windows[name];
  const statistics = useResource(
    `stats ${name}`,
    (signal) => readStatistics({ since: name, points, rows: 0 }, signal),
    { restMs: 5000, everyMs: 30_000 },
  );
  const workers = useResource("workers", readWorkers, { everyMs: 5000 });
  const queues = useResource("queues", readQueues, { restMs: 5000 });
  const waiting = useResource("waiting", readWaiting, { restMs: 2000, everyMs: 15_000 });
  const deadSince = useDeadSince();
  // Once a minute is enough for what is told in sentences.
  const minute = useComputed(() => Math.floor(now.value / 60_000) * 60_000 + 59_999);
  const total = statistics.value.value?.total;
  return (
    <Page title="Overview">
      {status.value === null
        ? workers.error.value === null
          ? <Loading lines={5} />
          : <Problem error={workers.error.value} onRetry={workers.reload} />
        : (
          <>
            <HealthPanel
              facts={{
                status: status.value,
                deadSince,
                workers: workers.value.value ?? [],
                queues: queues.value.value ?? [],
                waitingIn: (waiting.value.value ?? []).map(({ queue }) => queue),
                failures: {
                  rate: total?.failure_rate ?? null,
                  attempts: total === undefined ? 0 : total.completed + total.failed,
                  window: words,
                },
                now: minute.value,
              }}
            />
            <StateCounts status={status.value} />
          </>
        )}
      <div class="overview-now">
        <RunningNow workers={workers.value.value} />
        <OldestWaiting waiting={waiting} />
      </div>
      <section class="section">
        <div class="section-head">
          <h2>The last {words}</h2>
          <Choice
            label="How far back"
            value={name}
            options={windowNames.map((each) => [each, each])}
            onChange={(window) => changeQuery({ window }, { replaces: true })}
          />
        </div>
        <Loaded resource={statistics} lines={10}>
          {(value) => <Charts statistics={value} isLongWindow={isLong} />}
        </Loaded>
      </section>
    </Page>
  );
}

/** When the first of the dead letters died, where they are few enough to ask. */
function useDeadSince(): string | null {
  const dead = status.value?.dead ?? 0;
  const isAsked = dead > 0 && dead <= mostDatedDead;
  const first = useResource(
    `first dead ${isAsked}`,
    async (signal) => {
      if (!isAsked) return null;
      const { jobs } = await listJobs({ state: "dead", sort: "finished", limit: 1 }, signal);
      return jobs[0]?.finished_at ?? null;
    },
    { isAffected: ({ state }) => state === "dead", restMs: 10_000, everyMs: 60_000 },
  );
  return first.value.value;
}
