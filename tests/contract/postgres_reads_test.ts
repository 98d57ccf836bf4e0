/** On PostgreSQL looking for work, claiming and settling read as little beside many jobs as beside none. */

import { assert, assertEquals } from "@std/assert";
import type { NewJob } from "../../src/core/job.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import type { Store } from "../../src/store/store.ts";
import { findTestServer, inSchema, newSchemaName, runSql, type TestServer } from "../support/postgres.ts";
import { waitFor } from "../support/program.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { claimUnderLimits } from "./limited_claims.ts";

interface Crowd {
  readonly what: string;
  readonly count: number;
  readonly job: (index: number) => Partial<NewJob>;
  /** How many pages one job may read: about twice as many as it does. */
  readonly pages: number;
  readonly keyLimit?: number;
}

const crowds: readonly Crowd[] = [
  {
    what: "that wait for another one",
    count: 30_000,
    pages: 110,
    job: () => ({ priority: 9, after: [{ parentId: "parent", awaits: "completed" }] }),
  },
  {
    what: "of another queue, which go first",
    count: 10_000,
    pages: 110,
    job: () => ({ priority: 9, queue: "other" }),
  },
  {
    what: "that are not due",
    count: 30_000,
    pages: 110,
    job: () => ({ priority: 9, due: { afterMs: 86_400_000 } }),
  },
  {
    what: "that demand more than the worker offers",
    count: 10_000,
    pages: 110,
    job: () => ({ priority: 9, needs: ["x"] }),
  },
  {
    what: "of as many keys under a limit",
    count: 10_000,
    pages: 240,
    job: (index) => ({ priority: -9, key: `k${index}` }),
    keyLimit: 1,
  },
];

/** A schema, and what is read in it. */
class Place implements AsyncDisposable {
  readonly schema = newSchemaName();
  readonly #url: string;
  #before = { pages: 0, wholeTables: 0 };

  constructor(url: string) {
    this.#url = url;
  }

  /** In a session of its own, which has counted what it read when this is done. */
  async use(act: (store: Store) => Promise<void>): Promise<void> {
    const name = `reads ${crypto.randomUUID().slice(0, 8)}`;
    const url = `${inSchema(this.#url, this.schema)}&application_name=${name.replace(" ", "%20")}`;
    const store = (await openPostgresStore({ url, access: "write", connections: 1 }))!;
    try {
      await act(store);
    } finally {
      await store.close();
    }
    await waitFor("the end of the session", async () => {
      const left = await runSql(this.#url, `SELECT FROM pg_stat_activity WHERE application_name = '${name}'`);
      return left.length === 0;
    });
  }

  /** How many pages of jobs and their indexes were read since the last call, and how often all of them. */
  async readSince(): Promise<{ readonly pages: number; readonly wholeTables: number }> {
    const [row] = await runSql(
      this.#url,
      `SELECT heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit AS pages, seq_scan
       FROM pg_statio_user_tables JOIN pg_stat_user_tables USING (relid)
       WHERE pg_stat_user_tables.schemaname = '${this.schema}' AND pg_stat_user_tables.relname = 'jobs'`,
    );
    const now = { pages: Number(row!.pages), wholeTables: Number(row!.seq_scan) };
    const before = this.#before;
    this.#before = now;
    return { pages: now.pages - before.pages, wholeTables: now.wholeTables - before.wholeTables };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runSql(this.#url, `DROP SCHEMA IF EXISTS "${this.schema}" CASCADE`);
  }
}

const server = findTestServer();
if (server !== null) defineReads(server);

function defineReads({ url }: TestServer): void {
  for (const crowd of crowds) {
    for (const order of ["before the worker begins", "while it works"] as const) {
      Deno.test(`postgres: a job costs no more beside ${crowd.count} ${crowd.what}, come ${order}`, async () => {
        await using place = new Place(url);
        await place.use((store) => prepare(store, crowd));
        const fill = () => place.use((store) => enqueueCrowd(store, crowd));
        if (order === "before the worker begins") await fill();
        const jobs = 40;
        await place.use(async (store) => {
          await work(store, jobs);
          if (order === "while it works") await fill();
          await place.readSince();
          await work(store, jobs);
        });
        const { pages } = await place.readSince();
        assert(pages < 2 * jobs * crowd.pages, `${pages} pages for ${jobs} jobs`);
      });
    }
  }

  Deno.test("postgres: no statement of a claim under limits reads all jobs", async () => {
    await using place = new Place(url);
    await place.use((store) =>
      enqueueCrowd(store, {
        count: 10_000,
        job: (i) => ({
          ...{ queue: `q${i % 20}`, key: `k${i % 500}`, priority: -1 },
          ...{ needs: i % 3 === 0 ? ["t"] : [], due: { afterMs: i % 7 === 0 ? 3_600_000 : 0 } },
        }),
      })
    );
    await runSql(url, `ANALYZE ${place.schema}.jobs`);
    await place.readSince();
    await place.use(claimUnderLimits);
    assertEquals((await place.readSince()).wholeTables, 0);
  });
}

async function prepare(store: Store, { keyLimit }: Crowd): Promise<void> {
  await store.registerWorker(newWorker("w"));
  if (keyLimit !== undefined) await store.changeQueue("default", { keyLimit });
  while (await store.regate());
  await store.enqueue([newJob("parent", { queue: "parents", due: { afterMs: 86_400_000 } })]);
  await store.enqueue(
    Array.from({ length: 100 }, (_, i) => newJob(`j${i}`, { key: keyLimit === undefined ? null : `j${i}` })),
  );
}

async function enqueueCrowd(store: Store, { count, job }: Pick<Crowd, "count" | "job">): Promise<void> {
  await store.enqueue(Array.from({ length: count }, (_, i) => newJob(`c${i}`, job(i))));
}

/** As a worker does it that also looks whether there is something for it. */
async function work(store: Store, jobs: number): Promise<void> {
  for (let done = 0; done < jobs; done++) {
    if (done % 8 === 0) { for (const queue of ["default", "mail"]) await store.probe("w", [queue]); }
    const claimed = (await claimOne(store, "w"))!;
    assert(claimed.job.id.startsWith("j"), claimed.job.id);
    await store.settle(settlement(claimed, "completed"));
  }
}
