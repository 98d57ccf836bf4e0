/** What died, by its error: the largest groups first. */

import { html } from "hono/html";
import { groupDead } from "../../operations/dead_letters.ts";
import { deadGroupJson } from "../../operations/json.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { type Html, jobLink, page, table, timeOf } from "./layout.ts";

/** It reads every dead job, so it is not live. */
export async function deadLettersPage(queue: ServedQueue): Promise<Response> {
  const store = await queue.store();
  const groups = store === null ? [] : await groupDead(store, {});
  return await page(
    { title: "Dead letters" },
    groups.length === 0
      ? html`
        <p>No job is dead.</p>
      `
      : html`
        ${groupTable(groups.map(deadGroupJson))}
        <p>
          <a href="/jobs?state=dead">All of them</a>, newest first. One group gets its attempts back by
          <code>queuectl dlq retry --group ID</code>
        </p>
      `,
  );
}

function groupTable(rows: readonly ReturnType<typeof deadGroupJson>[]): Html {
  return table("By their error", [
    { title: "Group", cell: ({ group }) => group },
    { title: "Jobs", cell: ({ count }) => count, isNumber: true },
    { title: "Exit", cell: ({ exit_code }) => exit_code ?? "-", isNumber: true },
    { title: "Error", cell: ({ error }) => error === "" ? "-" : error },
    { title: "Such as", cell: ({ example }) => jobLink(example) },
    { title: "Newest", cell: ({ newest_at }) => timeOf(newest_at) },
  ], rows);
}
