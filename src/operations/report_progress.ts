import { QueueError } from "../core/errors.ts";
import type { RunFiles } from "../core/ports.ts";
import { formatProgress } from "../core/progress.ts";
import type { Progress } from "../core/run.ts";

export interface ProgressRequest {
  readonly told: Progress;
  /** The run that tells it; null where whoever asks is no part of one. */
  readonly by: { readonly jobId: string; readonly number: number; readonly mark: string } | null;
}

/** Leaves word beside a run's files, where the worker that has it in hand finds it. */
export function reportProgress(files: RunFiles, { told, by }: ProgressRequest): void {
  if (by === null) {
    throw new QueueError("refused", "Cannot report progress: no job has called this", {
      hint: "It is for commands that a worker runs: queuectl enqueue -- 'queuectl progress 40; make'",
    });
  }
  const base = files.find(by.number, by.mark);
  if (base === null || files.evidence(base).exitCode !== null) {
    const found = base === null ? "its files are not in this home" : "it has ended";
    throw new QueueError(
      "refused",
      `Cannot report the progress of run ${by.number} of job "${by.jobId}": ${found}`,
      {
        hint: `See its runs: queuectl show ${by.jobId}`,
      },
    );
  }
  files.writeProgress(base, formatProgress(told));
}
