/** A store that is full already, made by SQL in seconds. */

import type { Database } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/drivers/node_sqlite.ts";
import type { TestQueue } from "../support/program.ts";
import { openTestStore } from "../support/open_store.ts";

export interface Filling {
  readonly finished: number;
  readonly delayed: number;
  readonly held: number;
}

const oneDayMs = 86_400_000;

/** Puts a store with so many jobs into the home of a queue that has none yet. */
export async function fillStore(queue: TestQueue, filling: Filling): Promise<void> {
  const path = `${queue.home}/queue.sqlite`;
  await Deno.mkdir(queue.home, { mode: 0o700 });
  await Deno.writeTextFile(path, "", { mode: 0o600 });
  (await openTestStore(path)).close();
  const database = nodeSqlite(null).open(path, { readOnly: false, busyTimeoutMs: 1000 });
  database.exec(
    "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 0; BEGIN",
  );
  insertJobs(database, filling);
  // One of a key goes first, and nobody takes it.
  database.exec(`
    INSERT INTO queues (name, state, key_limit) VALUES ('limited', 'open', 1);
    UPDATE jobs SET gate = 0 WHERE seq = (SELECT min(seq) FROM jobs WHERE queue = 'limited');
    INSERT INTO runs (job_seq, number, token, mark, worker_id, host, pid, start_identity, started_at, finished_at,
                      exit_code, outcome, stdout_bytes, stderr_bytes)
      SELECT seq, 1, 1, '0123456789ab', 'w0000000', 'bench', 1, '1', started_at, finished_at, 0, 'completed', 0, 0
      FROM jobs WHERE state = 'completed';
    INSERT INTO counters (queue, bucket, count) SELECT queue, state, count(*) FROM jobs GROUP BY queue, state;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  database.close();
}

/** Throws where a store is not what the program would have made. */
export async function checkStore(queue: TestQueue): Promise<void> {
  const store = await openTestStore(`${queue.home}/queue.sqlite`);
  const faults = await store.check();
  store.close();
  if (faults.length > 0) throw new Error(`the filled store is wrong: ${faults.join("; ")}`);
}

function insertJobs(database: Database, filling: Filling): void {
  const now = Date.now();
  const past = now - oneDayMs;
  const kinds = [
    {
      count: filling.finished,
      name: "done",
      queue: "default",
      key: null,
      state: "completed",
      gate: 0,
      runAt: past,
    },
    {
      count: filling.delayed,
      name: "later",
      queue: "default",
      key: null,
      state: "pending",
      gate: 1,
      runAt: now + oneDayMs,
    },
    {
      count: filling.held,
      name: "held",
      queue: "limited",
      key: "one",
      state: "pending",
      gate: 2,
      runAt: past,
    },
  ];
  const insert = database.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1)
     INSERT INTO jobs (id, queue, limit_key, state, gate, sort_at, priority, command, cwd, max_retries, attempts,
                       run_count, token, run_at, created_at, updated_at, started_at, finished_at, exit_code)
     SELECT printf('%s-%08d', ?2, number), ?9, ?3, ?4, ?5, ?6, 0, ':', '/', 3, ?7, ?7, ?7, ?6, ?8, ?8,
            iif(?7, ?8, NULL), iif(?7, ?8, NULL), iif(?7, 0, NULL)
     FROM numbers`,
  );
  for (const { count, name, queue, key, state, gate, runAt } of kinds) {
    const isDone = state === "completed" ? 1 : 0;
    if (count > 0) insert.run(count, name, key, state, gate, runAt, isDone, past, queue);
  }
}
