/** The store of a home, read beside the program: a connection of its own that can change nothing. */

import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import process from "node:process";
import { openTestStore } from "../support/open_store.ts";

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
}

export interface RunRow {
  readonly jobSeq: number;
  readonly number: number;
  readonly token: number;
  readonly workerId: string;
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

type Row = Record<string, SQLOutputValue>;

export class StoreView implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;

  /** The store must be there. */
  constructor(home: string) {
    this.#path = `${home}/queue.sqlite`;
    this.#database = new DatabaseSync(this.#path, { readOnly: true, timeout: 10_000 });
  }

  /** Reads several things of one state. */
  atOnce<T>(body: () => T): T {
    this.#database.exec("BEGIN");
    try {
      return body();
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  processing(): JobRow[] {
    return this.#all("SELECT * FROM jobs WHERE state = 'processing'").map(jobOf);
  }

  jobs(): JobRow[] {
    return this.#all("SELECT * FROM jobs").map(jobOf);
  }

  runs(): RunRow[] {
    return this.#all("SELECT * FROM runs ORDER BY job_seq, number").map(runOf);
  }

  /** How many jobs are not final. */
  unfinished(): number {
    return this.#number(
      `SELECT coalesce(sum(count), 0) AS n FROM counters WHERE bucket IN ('pending', 'blocked', 'processing')`,
    );
  }

  countWithPrefix(prefix: string): number {
    return this.#number("SELECT count(*) AS n FROM jobs WHERE id >= ? AND id < ?", prefix, `${prefix}\u{7f}`);
  }

  /** Registered workers whose process exists. */
  workers(): ProcessRow[] {
    return this.#processes("workers", "supervisor_id");
  }

  supervisors(): ProcessRow[] {
    return this.#processes("supervisors", "NULL");
  }

  /** What is wrong with the store, in the store's own words and SQLite's. */
  async faults(): Promise<string[]> {
    const store = await openTestStore(this.#path, { access: "read" });
    try {
      return await store.check();
    } finally {
      store.close();
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #processes(table: "workers" | "supervisors", supervisorId: string): ProcessRow[] {
    return this.#all(`SELECT id, pid, ${supervisorId} AS supervisor_id, stop FROM ${table} ORDER BY id`)
      .map((row) => ({
        id: String(row.id),
        pid: Number(row.pid),
        supervisorId: row.supervisor_id === null ? null : String(row.supervisor_id),
        isStopping: row.stop !== null,
      }))
      .filter(({ pid }) => exists(pid));
  }

  #all(sql: string): Row[] {
    return this.#database.prepare(sql).all();
  }

  #number(sql: string, ...values: string[]): number {
    return Number(this.#database.prepare(sql).get(...values)?.n);
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function jobOf(row: Row): JobRow {
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
  };
}

function runOf(row: Row): RunRow {
  return {
    jobSeq: Number(row.job_seq),
    number: Number(row.number),
    token: Number(row.token),
    workerId: String(row.worker_id),
    outcome: row.outcome === null ? null : String(row.outcome),
    exitCode: row.exit_code === null ? null : Number(row.exit_code),
    text: JSON.stringify(row),
  };
}
