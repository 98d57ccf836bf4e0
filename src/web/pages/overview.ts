/** What there is, what runs, and what went wrong, at one look. */

import { html } from "hono/html";
import { roughDuration } from "../../core/duration.ts";
import { statusJson, workerJson } from "../../operations/json.ts";
import { listWorkersByHeartbeat } from "../../operations/list_workers.ts";
import { queueJson } from "../../operations/queue_json.ts";
import { type Percentiles, readStatistics } from "../../operations/read_statistics.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { facts, type Html, jobLink, page, table, timeOf } from "./layout.ts";

const hourMs = 3_600_000;

export async function overviewPage(queue: ServedQueue, isLive: boolean): Promise<Response> {
  const store = await queue.store();
  const options = { title: "Overview", isLive };
  if (store === null) {
    return await page(
      options,
      html`
        <p>There is no job yet. The first one makes the queue: <code>queuectl enqueue -- echo hello</code></p>
      `,
    );
  }
  const now = await store.now();
  const [counts, queues, workers, lately] = await Promise.all([
    store.counts(),
    store.queues(),
    listWorkersByHeartbeat(store),
    readStatistics(store, { from: now - hourMs, by: "queue" }),
  ]);
  const status = statusJson(counts, { alive: workers.filter(({ state }) => state !== "silent") });
  const { total } = lately;
  return await page(
    options,
    html`
      ${facts([
        ["Pending", status.pending],
        ["Running", status.processing],
        ["Completed", status.completed],
        ["Dead", status.dead],
        ["Blocked", status.blocked],
        ["Cancelled", status.cancelled],
        ["Retrying", status.failed],
        ["Delayed", status.delayed],
      ])}
      <h2>The last hour</h2>
      ${facts([
        ["Completed", total.completed],
        ["Failed attempts", total.failed],
        ["Retries", total.retries],
        ["Became dead", total.dead],
        ["Wait p50 / p95 / p99", lengths(total.wait)],
        ["Run p50 / p95 / p99", lengths(total.run)],
      ])} ${queueTable(queues.map((each) => queueJson(each, now)))} ${workerTable(
        workers.map(workerJson),
      )}
    `,
  );
}

function lengths({ p50, p95, p99 }: Percentiles): string {
  return p50 === null ? "-" : [p50, p95, p99].map((ms) => roughDuration(ms!)).join(" / ");
}

function queueTable(rows: readonly ReturnType<typeof queueJson>[]): Html {
  return table("Queues", [
    {
      title: "Queue",
      cell: ({ name }) =>
        html`
          <a href="/jobs?queue=${encodeURIComponent(name)}">${name}</a>
        `,
    },
    { title: "State", cell: ({ state, throttled_until }) => throttled_until === null ? state : "throttled" },
    { title: "Limit", cell: ({ limit }) => limit ?? "-", isNumber: true },
    { title: "Pending", cell: ({ pending }) => pending, isNumber: true },
    { title: "Running", cell: ({ processing }) => processing, isNumber: true },
    { title: "Dead", cell: ({ dead }) => dead, isNumber: true },
    { title: "Total", cell: ({ total }) => total, isNumber: true },
  ], rows);
}

function workerTable(rows: readonly ReturnType<typeof workerJson>[]): Html {
  if (rows.length === 0) {
    return html`
      <p>No worker runs. One begins with <code>queuectl worker start</code></p>
    `;
  }
  return table("Workers", [
    { title: "Worker", cell: ({ id }) => id },
    { title: "Host", cell: ({ host }) => host },
    { title: "State", cell: ({ state }) => state },
    {
      title: "Jobs",
      cell: ({ jobs }) =>
        html`
          ${jobs.map((id) =>
            html`
              ${jobLink(id)}
            `
          )}
        `,
    },
    { title: "Heartbeat", cell: ({ heartbeat_at }) => timeOf(heartbeat_at) },
  ], rows);
}
