/** The store in the file of a home, for those who look at it from beside. */

import { DatabaseSync } from "node:sqlite";
import process from "node:process";
import { openTestStore } from "../support/open_store.ts";
import {
  jobOf,
  type JobRow,
  processOf,
  type ProcessRow,
  type Row,
  runOf,
  type RunRow,
  type StoreView,
} from "./store_view.ts";

export class SqliteView implements StoreView, Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;

  /** The store must be there. */
  constructor(home: string) {
    this.#path = `${home}/queue.sqlite`;
    this.#database = new DatabaseSync(this.#path, { readOnly: true, timeout: 10_000 });
  }

  processing(): Promise<JobRow[]> {
    return Promise.resolve(this.#all("SELECT * FROM jobs WHERE state = 'processing'").map(jobOf));
  }

  everything(): Promise<{ readonly jobs: JobRow[]; readonly runs: RunRow[] }> {
    this.#database.exec("BEGIN");
    try {
      const jobs = this.#all("SELECT * FROM jobs").map(jobOf);
      const runs = this.#all("SELECT * FROM runs ORDER BY job_seq, number").map(runOf);
      return Promise.resolve({ jobs, runs });
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  unfinished(): Promise<number> {
    return Promise.resolve(this.#number(
      `SELECT coalesce(sum(count), 0) AS n FROM counters WHERE bucket IN ('pending', 'blocked', 'processing')`,
    ));
  }

  countWithPrefix(prefix: string): number {
    return this.#number("SELECT count(*) AS n FROM jobs WHERE id >= ? AND id < ?", prefix, `${prefix}\u{7f}`);
  }

  workers(): Promise<ProcessRow[]> {
    return Promise.resolve(this.#processes("workers", "supervisor_id"));
  }

  supervisors(): Promise<ProcessRow[]> {
    return Promise.resolve(this.#processes("supervisors", "NULL"));
  }

  /** In SQLite's words, too. */
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
      .map(processOf)
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
