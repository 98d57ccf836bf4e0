/** Jobs by the filters of `queuectl list`, which are in the URL, page by page. */

import { html } from "hono/html";
import type { z } from "zod";
import { stateFilters } from "../../core/job.ts";
import type { jobJson } from "../../operations/json.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { listQuery } from "../job_query.ts";
import { readQuery } from "../read_request.ts";
import { pageOf } from "../routes/read_jobs.ts";
import { type Html, jobLink, page, table, timeOf } from "./layout.ts";

type Query = z.infer<typeof listQuery>;

export async function jobsPage(queue: ServedQueue, params: URLSearchParams): Promise<Response> {
  // A form sends its empty fields, too.
  const given = new URLSearchParams([...params].filter(([, value]) => value !== ""));
  const query = readQuery(listQuery, given) as Query;
  const { jobs, next } = await pageOf(queue, query, {});
  return await page(
    { title: "Jobs" },
    html`
      ${filterForm(query)} ${jobs.length === 0
        ? html`
          <p>No job is like that.</p>
        `
        : jobTable(jobs)} ${next === null ? "" : html`
        <p><a href="?${withPlace(given, next)}" rel="next">Older ones</a></p>
      `}
    `,
  );
}

function filterForm({ state, queue, label, command_contains, since }: Query): Html {
  const field = (name: string, title: string, value: string | undefined) =>
    html`
      <label>${title} <input name="${name}" value="${value ?? ""}"></label>
    `;
  const option = (name: string) =>
    html`
      <option value="${name}" ${name === state ? "selected" : ""}>${name}</option>
    `;
  return html`
    <form role="search" aria-label="Jobs">
      <label>State <select name="state"><option value="">any</option>${stateFilters.map(
        option,
      )}</select></label>
      ${field("queue", "Queue", queue)} ${field("label", "Label", label)} ${field(
        "command_contains",
        "Command has",
        command_contains,
      )} ${field("since", "Since, such as 2h", since)}
      <button>Show</button>
    </form>
  `;
}

function jobTable(jobs: readonly ReturnType<typeof jobJson>[]): Html {
  return table("Jobs", [
    { title: "Job", cell: ({ id }) => jobLink(id) },
    { title: "State", cell: ({ state }) => state },
    { title: "Queue", cell: ({ queue }) => queue },
    { title: "Attempts", cell: ({ attempts, max_retries }) => `${attempts}/${max_retries}`, isNumber: true },
    { title: "Command", cell: ({ command }) => command },
    { title: "Enqueued", cell: ({ created_at }) => timeOf(created_at) },
  ], jobs);
}

function withPlace(given: URLSearchParams, next: string): string {
  const params = new URLSearchParams(given);
  params.set("after", next);
  return params.toString();
}
