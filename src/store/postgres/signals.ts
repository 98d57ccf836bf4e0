/** Signals for runs, in PostgreSQL. Each function is part of one write; the job's lock guards its run. */

import type { JobState } from "../../core/job.ts";
import type { RunRef } from "../../core/run.ts";
import { addSignal, type JobSignal, splitSignals } from "../../core/signals.ts";
import { textOrNull } from "../rows.ts";
import { lockJob } from "./changes.ts";
import type { Queries } from "./connection.ts";
import { heldBy } from "./runs.ts";

type RunKey = Pick<RunRef, "jobSeq" | "number">;

/** Writes down a signal for the run of a job that is processing; returns the state that it was found in. */
export async function askForSignal(
  queries: Queries,
  id: string,
  signal: JobSignal,
): Promise<JobState | null> {
  const job = await lockJob(queries, id);
  if (job?.state !== "processing") return job?.state ?? null;
  const run = { jobSeq: job.seq, number: job.runCount };
  await writeAsked(queries, run, addSignal(await askedOf(queries, run), signal));
  return job.state;
}

export async function takeSignals(queries: Queries, run: RunRef): Promise<readonly JobSignal[]> {
  if (await heldBy(queries, run) === undefined) return [];
  const asked = await askedOf(queries, run);
  if (asked !== null) await writeAsked(queries, run, null);
  return splitSignals(asked);
}

async function askedOf(queries: Queries, run: RunKey): Promise<string | null> {
  const row = await queries.first(
    "SELECT asked_signals FROM @runs WHERE job_seq = $1 AND number = $2",
    run.jobSeq,
    run.number,
  );
  return textOrNull(row!, "asked_signals");
}

async function writeAsked(queries: Queries, run: RunKey, asked: string | null): Promise<void> {
  await queries.run(
    "UPDATE @runs SET asked_signals = $1 WHERE job_seq = $2 AND number = $3",
    asked,
    run.jobSeq,
    run.number,
  );
}
