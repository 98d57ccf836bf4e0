/** The store on a server, for those who look at it from beside; its workers are those of one host. */

import { schemaOf, withoutSchema } from "../../src/core/store_address.ts";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { Connection, type Queries } from "../../src/store/postgres/connection.ts";
import { findFaults } from "../../src/store/postgres/check.ts";
import { pause } from "./background.ts";
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

export interface ViewedHost {
  readonly name: string;
  /** Which of these pids are processes of the program there. */
  existing(pids: readonly number[]): Promise<ReadonlySet<number>>;
}

/** For how long a server that does not answer is waited for, in milliseconds. */
const patienceMs = 60_000;

export class PostgresView implements StoreView, AsyncDisposable {
  readonly #host: ViewedHost | null;
  readonly #connection: Connection;

  /** Without a host it shows nobody's processes. */
  constructor(url: string, host: ViewedHost | null) {
    this.#host = host;
    this.#connection = new Connection({
      url: withoutSchema(url),
      schema: schemaOf(url)!,
      location: "the store of the test",
      most: 1,
    });
  }

  async processing(): Promise<JobRow[]> {
    return (await this.#all("SELECT * FROM @jobs WHERE state = 'processing'")).map(jobOf);
  }

  everything(): Promise<{ readonly jobs: JobRow[]; readonly runs: RunRow[] }> {
    return this.#patiently(async (queries) => ({
      jobs: (await queries.all("SELECT * FROM @jobs")).map(jobOf),
      runs: (await queries.all("SELECT * FROM @runs ORDER BY job_seq, number")).map(runOf),
    }));
  }

  async unfinished(): Promise<number> {
    const [row] = await this.#all(
      `SELECT coalesce(sum(count), 0) AS n FROM @counters WHERE bucket IN ('pending', 'blocked', 'processing')`,
    );
    return Number(row!.n);
  }

  async workers(): Promise<ProcessRow[]> {
    return await this.#existing(await this.#all("SELECT * FROM @workers ORDER BY id"));
  }

  async supervisors(): Promise<ProcessRow[]> {
    return await this.#existing(
      await this.#all("SELECT *, NULL AS supervisor_id FROM @supervisors ORDER BY id"),
    );
  }

  faults(): Promise<string[]> {
    return this.#patiently(findFaults);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  #all(text: string): Promise<Row[]> {
    return this.#patiently((queries) => queries.all(text));
  }

  async #patiently<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    for (const giveUpAt = performance.now() + patienceMs;;) {
      try {
        return await this.#connection.snapshot(body);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || performance.now() > giveUpAt) throw error;
        await pause(100);
      }
    }
  }

  async #existing(rows: readonly Row[]): Promise<ProcessRow[]> {
    const host = this.#host;
    if (host === null) return [];
    const own = rows.filter((row) => String(row.host).startsWith(`${host.name}|`)).map(processOf);
    const pids = await host.existing(own.map((each) => each.pid));
    return own.filter((each) => pids.has(each.pid));
  }
}
