/** Looks into the store of a queue that is at work, without asking the program. */

import type { Database } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import { type TestQueue, waitFor } from "../support/program.ts";

export class StoreReader implements Disposable {
  readonly #database: Database;

  constructor(queue: TestQueue) {
    const path = `${queue.home}/queue.sqlite`;
    this.#database = nodeSqlite(null).open(path, { readOnly: true, busyTimeoutMs: 1000 });
  }

  /** The highest arrival number. */
  newestSeq(): number {
    return this.#number("SELECT ifnull(max(seq), 0) AS value FROM jobs");
  }

  /** Waits until so many jobs that came after another are completed. */
  async waitForCompleted(after: number, jobs: number, deadlineMs = 300_000): Promise<void> {
    const sql = "SELECT count(*) AS value FROM jobs WHERE state = 'completed' AND seq > ?";
    await waitFor(`${jobs} jobs to be completed`, () => this.#number(sql, after) >= jobs, deadlineMs);
  }

  /** When the runs of the jobs that came after another ended, in UTC milliseconds, earliest first. */
  endsAfter(seq: number): number[] {
    return this.#database.prepare(
      "SELECT finished_at FROM runs WHERE job_seq > ? AND finished_at IS NOT NULL ORDER BY finished_at",
    ).all(seq).map((row) => Number(row.finished_at));
  }

  /** When a job was accepted, in UTC milliseconds. */
  createdAt(id: string): number {
    return this.#number("SELECT created_at AS value FROM jobs WHERE id = ?", id);
  }

  workerPids(): number[] {
    return this.#database.prepare("SELECT pid FROM workers").all().map((row) => Number(row.pid));
  }

  supervisorPids(): number[] {
    return this.#database.prepare("SELECT pid FROM supervisors").all().map((row) => Number(row.pid));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #number(sql: string, ...values: (string | number)[]): number {
    return Number(this.#database.prepare(sql).get(...values)?.value);
  }
}
