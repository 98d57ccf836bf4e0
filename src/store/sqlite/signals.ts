/** Signals for runs, in SQLite. Each function is the body of one write. */

import type { JobState } from "../../core/job.ts";
import type { RunRef } from "../../core/run.ts";
import { addSignal, type JobSignal, splitSignals } from "../../core/signals.ts";
import { textOrNull } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { jobById } from "./jobs.ts";
import { heldBy } from "./runs.ts";

type RunKey = Pick<RunRef, "jobSeq" | "number">;

/** Writes down a signal for the run of a job that is processing; returns the state that it was found in. */
export function askForSignal(connection: Connection, id: string, signal: JobSignal): JobState | null {
  const job = jobById(connection, id);
  if (job?.state !== "processing") return job?.state ?? null;
  const run = { jobSeq: job.seq, number: job.runCount };
  writeAsked(connection, run, addSignal(askedOf(connection, run), signal));
  return job.state;
}

export function takeSignals(connection: Connection, run: RunRef): readonly JobSignal[] {
  if (heldBy(connection, run) === undefined) return [];
  const asked = askedOf(connection, run);
  if (asked !== null) writeAsked(connection, run, null);
  return splitSignals(asked);
}

function askedOf(connection: Connection, run: RunKey): string | null {
  const row = connection.sql("SELECT asked_signals FROM runs WHERE job_seq = ? AND number = ?")
    .get(run.jobSeq, run.number);
  return textOrNull(row!, "asked_signals");
}

function writeAsked(connection: Connection, run: RunKey, asked: string | null): void {
  connection.sql("UPDATE runs SET asked_signals = ? WHERE job_seq = ? AND number = ?")
    .run(asked, run.jobSeq, run.number);
}
