/** A store, read beside the program: by a connection of its own that changes nothing. */

export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly maxRetries: number;
  readonly runCount: number;
  readonly token: number;
  readonly workerId: string | null;
  readonly queue: string;
  readonly key: string | null;
  /** As `formatDemand` has it. */
  readonly demand: string;
}

export interface RunRow {
  readonly jobSeq: number;
  readonly number: number;
  readonly token: number;
  readonly workerId: string;
  /** The name of the host that began it. */
  readonly hostName: string;
  /** All that is known of that host. */
  readonly host: string;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: string | null;
  readonly exitCode: number | null;
  /** All of the row, to see whether it changes. */
  readonly text: string;
}

export interface ProcessRow {
  readonly id: string;
  readonly pid: number;
  readonly supervisorId: string | null;
  readonly isStopping: boolean;
}

export interface StoreView {
  processing(): Promise<JobRow[]>;
  /** Every job, and every run in the order of their numbers, of one state. */
  everything(): Promise<{ readonly jobs: JobRow[]; readonly runs: RunRow[] }>;
  /** How many jobs are not final. */
  unfinished(): Promise<number>;
  /** Registered workers whose process exists. */
  workers(): Promise<ProcessRow[]>;
  supervisors(): Promise<ProcessRow[]>;
  /** What is wrong with the store, in its own words. */
  faults(): Promise<string[]>;
}

export type Row = Readonly<Record<string, unknown>>;

export function jobOf(row: Row): JobRow {
  return {
    seq: Number(row.seq),
    id: String(row.id),
    state: String(row.state),
    reason: row.reason === null ? null : String(row.reason),
    attempts: Number(row.attempts),
    maxRetries: Number(row.max_retries),
    runCount: Number(row.run_count),
    token: Number(row.token),
    workerId: row.worker_id === null ? null : String(row.worker_id),
    queue: String(row.queue),
    key: row.limit_key === null ? null : String(row.limit_key),
    demand: String(row.needs),
  };
}

export function runOf(row: Row): RunRow {
  return {
    jobSeq: Number(row.job_seq),
    number: Number(row.number),
    token: Number(row.token),
    workerId: String(row.worker_id),
    hostName: String(row.host).split("|")[0]!,
    host: String(row.host),
    startedAt: Number(row.started_at),
    finishedAt: row.finished_at === null ? null : Number(row.finished_at),
    outcome: row.outcome === null ? null : String(row.outcome),
    exitCode: row.exit_code === null ? null : Number(row.exit_code),
    text: JSON.stringify(row),
  };
}

export function processOf(row: Row): ProcessRow {
  return {
    id: String(row.id),
    pid: Number(row.pid),
    supervisorId: row.supervisor_id === null ? null : String(row.supervisor_id),
    isStopping: row.stop !== null,
  };
}
