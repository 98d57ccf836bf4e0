/** The bare loop that bulk enqueueing is compared with: the store's own INSERT, and nothing around it. */

import { insertJobs } from "../../src/store/sqlite/insert_jobs.ts";
import { Connection } from "../../src/store/sqlite/connection.ts";
import type { Database, Driver, SqlValue } from "../../src/store/sqlite/driver.ts";
import { openTestStore } from "../support/open_store.ts";
import { newJob } from "../support/sample.ts";

/** The id of a job by its number; the lines of the file that is enqueued have the same. */
export function jobIdOf(number: number): string {
  return `job-${String(number).padStart(8, "0")}`;
}

/** Inserts so many jobs in one durable transaction into a new store; returns how many a second. */
export async function insertLoop(home: string, jobs: number, driver: Driver): Promise<number> {
  const path = `${home}/loop.sqlite`;
  (await openTestStore(path, { driver })).close();
  const { text, values, idPlace } = insertStatement(home);
  const database = driver.open(path, { readOnly: false, busyTimeoutMs: 0 });
  // As the store's own connection has them.
  database.exec(
    "PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL;",
  );
  const statement = database.prepare(text);
  const given = [...values];
  const start = performance.now();
  database.exec("BEGIN IMMEDIATE");
  for (let number = 1; number <= jobs; number++) {
    given[idPlace] = jobIdOf(number);
    statement.run(...given);
  }
  database.exec("COMMIT");
  const tookMs = performance.now() - start;
  database.close();
  return jobs / tookMs * 1000;
}

interface InsertStatement {
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** Which of the values is the id. */
  readonly idPlace: number;
}

/** The statement by which the store inserts a job. */
function insertStatement(cwd: string): InsertStatement {
  const seen: { text: string; values: readonly SqlValue[] }[] = [];
  const recorder: Database = {
    exec: () => {},
    close: () => {},
    prepare: (text) => ({
      run: (...values) => seen.push({ text, values }),
      get: () => undefined,
      all: () => [],
    }),
  };
  const place = { location: "", isDiskFull: () => false };
  const connection = new Connection(recorder, { ...place, patienceMs: 0, chance: Math.random });
  insertJobs(connection, [newJob(jobIdOf(0), { cwd, command: ":" })], { now: Date.now(), links: null });
  const insert = seen.find(({ text }) => /^\s*INSERT INTO jobs/.test(text));
  const idPlace = insert?.values.indexOf(jobIdOf(0)) ?? -1;
  if (insert === undefined || idPlace === -1) throw new Error("the store's INSERT was not found");
  return { ...insert, idPlace };
}
