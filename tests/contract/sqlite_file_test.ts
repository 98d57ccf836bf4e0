/** The store as a file: opened, migrated, shared, locked, full and read-only; on every driver that can be loaded. */

import { claimUnderLimits } from "./limited_claims.ts";
import { checkGates } from "./damaged_gates.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { StoreUnavailable } from "../../src/core/errors.ts";
import type { NewJob } from "../../src/core/job.ts";
import { chooseDriver } from "../../src/store/sqlite/choose_driver.ts";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import { conditionOf } from "../../src/store/sqlite/job_filter.ts";
import { type OpenOptions, openSqliteStore } from "../../src/store/sqlite/open.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { FixedClock } from "../support/fixed_clock.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import { storeOptions } from "../support/open_store.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";

const fixture = fromFileUrl(new URL("../fixtures/store_v1.sqlite", import.meta.url));

for (const driver of await loadableDrivers()) defineFile(driver);

/** What the program of the first version leaves when its worker hands its job back and ends. */
function endWork(driver: Driver, path: string): void {
  const database = driver.open(path, { readOnly: false, busyTimeoutMs: 0 });
  database.exec(`
    DELETE FROM workers;
    UPDATE runs SET outcome = 'handed_back', finished_at = started_at WHERE outcome IS NULL;
    UPDATE jobs SET state = 'pending', worker_id = NULL WHERE state = 'processing';
    UPDATE counters SET count = count - 1 WHERE bucket = 'processing';
    UPDATE counters SET count = count + 1 WHERE bucket = 'pending';
  `);
  database.close();
}

function defineFile(driver: Driver): void {
  const onFile = (name: string, body: (path: string, options: OpenOptions) => Promise<void>): void =>
    Deno.test(`sqlite on ${driver.name}: ${name}`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "queuectl-file-" });
      try {
        const path = `${folder}/queue.sqlite`;
        await body(path, storeOptions(path, { driver }));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  onFile("many first users at once make one store", async (_, options) => {
    const stores = await Promise.all(Array.from({ length: 12 }, () => openSqliteStore(options)));
    for (const [i, store] of stores.entries()) await store.enqueue([newJob(`j${i}`)]);
    assertEquals((await stores[0]!.counts()).byState.pending, 12);
    assertEquals(await stores[0]!.check(), []);
    for (const store of stores) store.close();
  });

  onFile("a store of the first version opens, with all it held", async (path, options) => {
    await Deno.copyFile(fixture, path);
    const refused = await assertRejects(() => openSqliteStore(options), StoreUnavailable);
    assertStringIncludes(refused.message, "an older queuectl uses it with 1 worker(s) (w) and 1 run(s)");
    endWork(driver, path);
    const store = await openSqliteStore(options);
    assertEquals(store.info.schemaVersion, migrations.at(-1)!.version);
    const jobs = await store.jobs({ order: "oldest", limit: 99 });
    assertEquals(jobs.map((job) => [job.id, job.state, job.attempts]), [
      ["done", "completed", 1],
      ["dead", "dead", 1],
      ["failed", "pending", 1],
      ["delayed", "pending", 0],
      ["words", "pending", 0],
      ["held", "pending", 0],
    ]);
    assertEquals(jobs.map((job) => job.needs), jobs.map(() => []));
    assertEquals(jobs[4]!.argv, ["printf", "%s", "a b"]);
    assertEquals(new TextDecoder().decode((await store.outputTail(jobs[0]!.seq, 1, "out"))!.tail), "hello\n");
    const [run] = await store.runs(jobs[0]!.seq);
    assertEquals([run!.outcome, run!.adoptedBy, run!.detachedMs], ["completed", null, null]);
    assertEquals(await store.check(), []);
    store.close();
  });

  onFile("delayed jobs are counted right, few or many, beside few or many others", async (_, options) => {
    const clock = new FixedClock();
    const store = await openSqliteStore({ ...options, clock: clock.now });
    await store.changeQueue("default", { keyLimit: 1 });
    const add = (name: string, count: number, fields: Partial<NewJob>) =>
      store.enqueue(Array.from({ length: count }, (_, index) => newJob(`${name}${index}`, fields)));
    const delayed = async () => (await store.counts()).delayed;
    await add("due", 3, { due: { at: clock.ms + 10 } });
    await add("held", 3, { key: "k" });
    await add("ready", 3, {});
    await add("later", 9_999, { due: { at: clock.ms + 20 } });
    assertEquals(await delayed(), 10_002);
    // No claim has let them in yet.
    clock.advance(10);
    assertEquals(await delayed(), 9_999);
    await add("more", 2, { due: { at: clock.ms + 20 } });
    assertEquals(await delayed(), 10_001);
    await add("many", 9_991, {});
    assertEquals(await delayed(), 10_001);
    clock.advance(10);
    assertEquals(await delayed(), 2);
    assertEquals((await store.counts()).nextDueAt, clock.ms + 10);
    clock.advance(10);
    assertEquals([await delayed(), (await store.counts()).nextDueAt], [0, null]);
    assertEquals(await store.check(), []);
    store.close();
  });

  onFile("reading needs a store, and changes none", async (path, options) => {
    await assertRejects(() => openSqliteStore({ ...options, access: "read" }), StoreUnavailable);
    (await openSqliteStore(options)).close();
    const reader = await openSqliteStore({ ...options, access: "read" });
    assertEquals((await reader.counts()).byState.pending, 0);
    const error = await assertRejects(() => reader.enqueue([newJob("a")]), StoreUnavailable);
    assertEquals(error.problem, "read_only");
    reader.close();
    await Deno.writeTextFile(path, "");
    const empty = await assertRejects(
      () => openSqliteStore({ ...options, access: "read" }),
      StoreUnavailable,
    );
    assertStringIncludes(empty.message, "must be brought up to date first");
  });

  onFile("a locked store is waited for, and given up after a while", async (path, options) => {
    const store = await openSqliteStore({ ...options, patienceMs: 300 });
    const other = driver.open(path, { readOnly: false, busyTimeoutMs: 0 });
    other.exec("BEGIN IMMEDIATE");
    const error = await assertRejects(() => store.enqueue([newJob("a")]), StoreUnavailable);
    assertEquals(error.problem, "busy");
    assertEquals((await store.counts()).byState.pending, 0, "reading goes on meanwhile");
    const waiting = store.enqueue([newJob("b")]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    other.exec("COMMIT");
    assertEquals((await waiting)[0]!.id, "b");
    other.close();
    store.close();
  });

  onFile("a full disk changes nothing, and the store goes on when there is room", async (_, options) => {
    let limit: (pages: number) => void = () => {};
    const cramped: Driver = {
      ...driver,
      sqliteVersion: "",
      open(path, opening) {
        const database = driver.open(path, opening);
        limit = (pages) => database.exec(`PRAGMA max_page_count = ${pages}`);
        return database;
      },
    };
    const store = await openSqliteStore({ ...options, driver: cramped });
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a", { env: { BIG: "x".repeat(10_000) } })]);
    limit(1);
    const big = Array.from({ length: 50 }, (_, i) => newJob(`b${i}`, { env: { BIG: "x".repeat(10_000) } }));
    const error = await assertRejects(() => store.enqueue(big), StoreUnavailable);
    assertEquals(error.problem, "full");
    assertEquals((await store.counts()).byState.pending, 1);
    limit(1_000_000);
    await store.enqueue(big);
    assertEquals((await store.counts()).byState.pending, 51);
    assertEquals(await store.check(), []);
    store.close();
  });

  onFile("its check finds counters that lie and jobs that contradict themselves", async (path, options) => {
    const store = await openSqliteStore(options);
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a"), newJob("b")]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    const other = driver.open(path, { readOnly: false, busyTimeoutMs: 100 });
    other.exec("UPDATE counters SET count = 7 WHERE bucket = 'pending'");
    other.exec("UPDATE jobs SET worker_id = 'x', finished_at = NULL WHERE id = 'a'");
    other.close();
    const faults = await store.check();
    assertEquals(faults.length, 3);
    assertStringIncludes(faults[0]!, "the counter of pending jobs in queue default says 7, there are 1");
    store.close();
  });

  onFile("its check finds unique keys in wrong hands", async (path, options) => {
    const store = await openSqliteStore(options);
    const unique = (key: string) => ({ key, forMs: null, onConflict: "keep" as const });
    await store.enqueue([newJob("a", { unique: unique("ka") }), newJob("b", { unique: unique("kb") })]);
    const other = driver.open(path, { readOnly: false, busyTimeoutMs: 100 });
    other.exec("UPDATE unique_keys SET key = 'kc' WHERE key = 'ka'");
    await store.cancel("b");
    other.exec("INSERT INTO unique_keys SELECT 'kb', seq, NULL FROM jobs WHERE id = 'b'");
    other.close();
    assertEquals(await store.check(), [
      "1 unique key(s) are held by jobs that have named another one",
      "1 unique key(s) are held by jobs that are over",
    ]);
    store.close();
  });

  onFile(
    "a job for whose end others wait, or whose end is still passed on, is not deleted",
    async (path, options) => {
      const store = await openSqliteStore(options);
      await store.enqueue(["parent", "child", "ending", "free"].map((id) => newJob(id)));
      for (const id of ["parent", "ending", "free"]) await store.cancel(id);
      const other = driver.open(path, { readOnly: false, busyTimeoutMs: 100 });
      other.exec("DELETE FROM endings; DELETE FROM dependencies");
      other.exec("INSERT INTO dependencies VALUES (1, 2, 'completed', 'open')");
      other.exec("INSERT INTO endings (job_seq, kind) VALUES (3, 'ended')");
      const found = { seqs: [1, 2, 3, 4], filter: {} };
      assertEquals((await store.removeFinished(found)).removed, 1);
      assertEquals(await store.job("free"), null);
      other.exec("UPDATE dependencies SET state = 'met'");
      other.exec("DELETE FROM endings");
      other.close();
      assertEquals((await store.removeFinished(found)).removed, 2);
      store.close();
    },
  );

  onFile("what looks for dead or old jobs reads them by their state", async (path, options) => {
    const store = await openSqliteStore(options);
    await store.enqueue([newJob("a")]);
    store.close();
    const database = driver.open(path, { readOnly: true, busyTimeoutMs: 100 });
    const condition = conditionOf({
      state: "dead",
      finishedUntil: 1,
      exitCode: 1,
      contains: "x",
      spentAt: 1,
    });
    const plan = database.prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM ${condition.from} WHERE seq > ? AND seq <= ?${condition.sql} ORDER BY seq LIMIT ?`,
    ).all(0, 9, ...condition.values, 9).map((row) => String(row.detail));
    assertEquals(plan[0], "SEARCH jobs USING INDEX jobs_by_state (state=? AND seq>? AND seq<?)");
    assert(!plan.some((step) => /SCAN|TEMP B-TREE/.test(step)), plan.join("\n"));
    database.close();
  });

  onFile("its check finds gates and starts that are not as limits have them", async (path, options) => {
    const store = await openSqliteStore(options);
    await checkGates(store, async (sql) => {
      const other = driver.open(path, { readOnly: false, busyTimeoutMs: 100 });
      other.exec(sql((table) => table));
      other.close();
      await Promise.resolve();
    });
    store.close();
  });

  onFile("no statement of a claim reads more than its rows", async (path, options) => {
    const statements = new Set<string>();
    const recording: Driver = {
      ...driver,
      sqliteVersion: "",
      open(path, opening) {
        const database = driver.open(path, opening);
        return { ...database, prepare: (sql) => (statements.add(sql), database.prepare(sql)) };
      },
    };
    const store = await openSqliteStore({ ...options, driver: recording });
    await store.registerWorker(newWorker("w"));
    await store.enqueue([newJob("a")]);
    statements.clear();
    await store.probe("w", ["default"]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    await store.counts();
    await claimUnderLimits(store);
    store.close();
    const database = driver.open(path, { readOnly: true, busyTimeoutMs: 100 });
    const explained = [...statements].filter((sql) => / jobs /.test(sql) && /^\s*(SELECT|UPDATE)/.test(sql));
    assert(explained.length >= 15, "too few statements were seen");
    for (const sql of explained) {
      const numbers = [...sql.matchAll(/\?(\d+)/g)].map(([, digits]) => Number(digits));
      const values = new Array(Math.max(0, ...numbers) || sql.split("?").length - 1).fill(1);
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values).map((row) =>
        String(row.detail)
      );
      for (const step of plan) {
        assert(
          !/SCAN jobs(?! USING (COVERING )?INDEX jobs_(delayed|live|first))|TEMP B-TREE|jobs_by_state/.test(
            step,
          ),
          `${sql}\n${step}`,
        );
      }
    }
    database.close();
  });

  onFile("the write-ahead log stays small, and is restarted", async (path, options) => {
    const store = await openSqliteStore({ ...options, durability: "relaxed" });
    await store.registerWorker(newWorker("w"));
    let [last, largest, restarts] = [0, 0, 0];
    for (let i = 0; i < 1500; i++) {
      await store.enqueue([newJob(`j${i}`)]);
      const { size } = await Deno.stat(`${path}-wal`);
      if (size < last) restarts++;
      largest = Math.max(largest, size);
      last = size;
    }
    assert(largest < 8_000_000, `it grew to ${largest} bytes`);
    assert(restarts > 1, `it was restarted ${restarts} times`);
    assertEquals(await store.check(), []);
    store.close();
  });
}

Deno.test("the driver: as it is told, else by the library at hand, and why", async () => {
  const missing = { missing: "none here" };
  assertEquals(
    (await chooseDriver({ wanted: "node", library: missing })).note,
    "as QUEUECTL_SQLITE_DRIVER says",
  );
  const found = await chooseDriver({ wanted: undefined, library: missing });
  assertEquals([found.name, found.note], ["node:sqlite", "none here"]);
  await assertRejects(() => chooseDriver({ wanted: "ffi", library: missing }), Error, "none here");
  await assertRejects(() => chooseDriver({ wanted: "x", library: missing }), Error, "is no driver");
  const library = findNativeLibrary();
  if (library === undefined) return console.error("!!! not tested: no native SQLite library was found");
  const ffi = await chooseDriver({ wanted: undefined, library: { path: library } });
  assertEquals([ffi.name, ffi.note], ["@db/sqlite", null]);
});
