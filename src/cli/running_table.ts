/** Jobs that run, with how far they say that they are. */

import { roughDuration } from "../core/duration.ts";
import type { Progress } from "../core/run.ts";
import type { ListedJob } from "../operations/list_jobs.ts";
import { type Column, table, visible } from "./table.ts";
import type { Output } from "./world.ts";

const barWidth = 10;

export function runningTable(output: Output, running: readonly ListedJob[], now: number): string {
  const tellProgress = running.some((job) => job.progress !== null);
  const columns: Column[] = [
    { title: "RUNNING" },
    { title: "RUN", alignRight: true },
    { title: "FOR", alignRight: true },
    ...(tellProgress ? [{ title: "PROGRESS", isFlexible: true }] : []),
    { title: "COMMAND", isFlexible: true },
  ];
  const rows = running.map((job) => [
    { text: job.id },
    { text: String(job.runCount) },
    { text: roughDuration(now - job.startedAt!) },
    ...(tellProgress ? [{ text: progressText(job.progress) }] : []),
    { text: visible(job.command) },
  ]);
  return table(output, columns, rows);
}

export function progressText(progress: Progress | null): string {
  if (progress === null) return "-";
  const full = Math.floor(barWidth * progress.percent / 100);
  const bar = `${"█".repeat(full)}${"·".repeat(barWidth - full)} ${String(progress.percent).padStart(3)}%`;
  return progress.text === null ? bar : `${bar} ${visible(progress.text)}`;
}
