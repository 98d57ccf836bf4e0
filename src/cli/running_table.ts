/** Jobs that run, with how far they say that they are. */

import { roughDuration } from "../core/duration.ts";
import type { Progress } from "../core/run.ts";
import type { Running } from "../operations/list_running.ts";
import { type Column, table, visible } from "./table.ts";
import type { Output } from "./world.ts";

const barWidth = 10;

export function runningTable(output: Output, running: readonly Running[], now: number): string {
  const tellProgress = running.some(({ run }) => run.progress !== null);
  const columns: Column[] = [
    { title: "RUNNING" },
    { title: "RUN", alignRight: true },
    { title: "FOR", alignRight: true },
    ...(tellProgress ? [{ title: "PROGRESS", isFlexible: true }] : []),
    { title: "COMMAND", isFlexible: true },
  ];
  const rows = running.map(({ job, run }) => [
    { text: job.id },
    { text: String(run.number) },
    { text: roughDuration(now - run.startedAt) },
    ...(tellProgress ? [{ text: progressText(run.progress) }] : []),
    { text: visible(job.command) },
  ]);
  return table(output, columns, rows);
}

function progressText(progress: Progress | null): string {
  if (progress === null) return "-";
  const full = Math.floor(barWidth * progress.percent / 100);
  const bar = `${"█".repeat(full)}${"·".repeat(barWidth - full)} ${String(progress.percent).padStart(3)}%`;
  return progress.text === null ? bar : `${bar} ${visible(progress.text)}`;
}
