/** All of one job: why it does not run yet, and each of its runs with the end of what it wrote. */

import { html } from "hono/html";
import { roughDuration } from "../../core/duration.ts";
import { isFinal } from "../../core/job.ts";
import { explainJob } from "../../operations/explain_job.ts";
import { shownJobJson } from "../../operations/json.ts";
import { listWorkersByHeartbeat } from "../../operations/list_workers.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { showJob } from "../../operations/show_job.ts";
import { facts, type Html, jobLink, page, plain, timeOf } from "./layout.ts";

const tailBytes = 16_384;

type Shown = ReturnType<typeof shownJobJson>;

export async function jobPage(queue: ServedQueue, id: string, isLive: boolean): Promise<Response> {
  const store = await queue.store();
  const job = shownJobJson(await showJob(store, queue.machine.runs, { id, tailBytes }));
  const isOver = isFinal(job.state);
  const why = isOver ? null : (await explainJob(store, id, listWorkersByHeartbeat)).sentence;
  return await page(
    { title: `Job ${id}`, isLive: isLive && !isOver },
    html`
      ${why === null ? "" : html`
        <p>${why}</p>
      `}
      <pre>${job.command}</pre>
      ${facts([
        ["State", job.state],
        ["Reason", job.reason],
        ["Queue", job.queue],
        ["Attempts", `${job.attempts} of ${job.max_retries}`],
        ["Priority", job.priority],
        ["Label", job.label],
        ["Key", job.key],
        ["Unique key", job.unique],
        ["Enqueued", timeOf(job.created_at)],
        ["Due", timeOf(job.run_at)],
        ["Finished", job.finished_at === null ? null : timeOf(job.finished_at)],
        ["Last error", job.last_error],
      ])} ${job.waits_for.length === 0 ? "" : html`
        <h2>Waits for</h2><ul>${job.waits_for.map((each) =>
          html`
            <li>${jobLink(each.id)} (${each.state})</li>
          `
        )}</ul>
      `} ${job.runs.toReversed().map((run) => runSection(job.id, run))}
    `,
  );
}

function runSection(id: string, run: Shown["runs"][number]): Html {
  const path = `/api/v1/jobs/${encodeURIComponent(id)}/runs/${run.number}`;
  return html`
    <section>
      <h2>Run ${run.number}: ${run.outcome ?? "goes on"}</h2>
      ${facts([
        ["Started", timeOf(run.started_at)],
        ["Took", run.duration_ms === null ? null : roughDuration(run.duration_ms)],
        ["Exit code", run.exit_code],
        ["Signal", run.signal],
        ["Host", run.host],
        ["Progress", run.progress === null ? null : `${run.progress.percent}% ${run.progress.text ?? ""}`],
        ["Error", run.error],
      ])} ${stream("stdout", `${path}/stdout`, run.stdout_bytes, run.stdout_tail)} ${stream(
        "stderr",
        `${path}/stderr`,
        run.stderr_bytes,
        run.stderr_tail,
      )}
    </section>
  `;
}

function stream(name: string, path: string, bytes: number, tail: string): Html | string {
  if (bytes === 0) return "";
  const isCut = bytes > tailBytes;
  return html`
    <h3>${name}${isCut
      ? html`
        , its end (<a href="${path}">all ${bytes} bytes</a>)
      `
      : ""}</h3>
    <pre>${plain(tail)}</pre>
  `;
}
