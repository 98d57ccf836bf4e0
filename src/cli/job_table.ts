/** Jobs for people (a table) and for programs (one JSON array). */

import { roughDuration } from "../core/duration.ts";
import type { Job } from "../core/job.ts";
import type { ListedJob } from "../operations/list_jobs.ts";
import { isoTime, jobJson } from "../operations/json.ts";
import { stateColour } from "./paint.ts";
import type { Session } from "./session.ts";
import { table, visible } from "./table.ts";
import type { Output } from "./world.ts";

function columnsFor(output: Output) {
  return [
    { title: "ID" },
    { title: "STATE" },
    { title: "TRIES", alignRight: true },
    { title: output.isTerminal ? "AGE" : "CREATED", alignRight: true },
    { title: "NEXT/EXIT" },
    { title: "COMMAND", isFlexible: true },
  ];
}

export function jobTable(output: Output, jobs: readonly ListedJob[], now: number): string {
  return table(
    output,
    columnsFor(output),
    jobs.map((job) => {
      const state = shownState(job);
      return [
        { text: job.id },
        { text: state, colour: stateColour(state) },
        { text: `${job.attempts}/${Math.max(job.maxRetries, 1)}` },
        { text: output.isTerminal ? roughDuration(now - job.createdAt) : isoTime(job.createdAt) },
        { text: nextText(output, job, now) },
        { text: visible(job.command) },
      ];
    }),
  );
}

/** `failed` for a job that waits for its retry: what people want to see. */
export function shownState(job: Pick<Job, "state" | "attempts">): string {
  return job.state === "pending" && job.attempts > 0 ? "failed" : job.state;
}

/** What comes next for a waiting job, or how a finished one ended. */
function nextText(output: Output, job: ListedJob, now: number): string {
  if (job.state === "pending") {
    if (job.runAt <= now) return "due";
    return output.isTerminal ? `in ${roughDuration(job.runAt - now)}` : isoTime(job.runAt);
  }
  if (job.state === "processing") {
    return `run ${job.runCount}${job.progress === null ? "" : `, ${job.progress.percent} %`}`;
  }
  if (job.state === "blocked") return `after ${job.openParents} job${job.openParents === 1 ? "" : "s"}`;
  return job.exitCode === null ? "-" : `exit ${job.exitCode}`;
}

/** One array, written page by page. */
export async function printJobsJson(
  session: Session,
  pages: AsyncIterable<readonly ListedJob[]>,
): Promise<void> {
  const { stdout } = session.world;
  let separator = "[";
  for await (const page of pages) {
    stdout.write(separator + page.map((job) => JSON.stringify(jobJson(job))).join(",\n"));
    separator = ",\n";
  }
  stdout.write(separator === "[" ? "[]\n" : "]\n");
}
