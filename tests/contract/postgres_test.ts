/** The PostgreSQL adapter keeps the store's promises. */

import { assertEquals } from "@std/assert";
import { migrations } from "../../src/store/postgres/migrations.ts";
import { Client } from "../../src/store/postgres/client.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { findTestServer, inSchema, newSchemaName, runSql, type TestServer } from "../support/postgres.ts";
import { checkGates } from "./damaged_gates.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { defineStoreContract } from "./store_contract.ts";

const server = findTestServer();
if (server !== null) definePostgres(server);

function definePostgres({ url }: TestServer): void {
  defineStoreContract("postgres", () => {
    const schema = newSchemaName();
    return Promise.resolve({
      open: async (clock) =>
        (await openPostgresStore({ url: inSchema(url, schema), access: "write", clock: clock.now }))!,
      remove: () => runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`),
    });
  });

  Deno.test("postgres: twenty who open a new store at once make one schema", async () => {
    const schema = newSchemaName();
    const open = () => openPostgresStore({ url: inSchema(url, schema), access: "write", connections: 1 });
    const stores = await Promise.all(Array.from({ length: 20 }, open));
    try {
      assertEquals(
        new Set(stores.map((store) => store!.info.schemaVersion)),
        new Set([migrations.at(-1)!.version]),
      );
    } finally {
      for (const store of stores) await store!.close();
      await runSql(url, `DROP SCHEMA "${schema}" CASCADE`);
    }
  });

  Deno.test("postgres: its check finds gates and starts that are not as limits have them", async () => {
    const schema = newSchemaName();
    const store = (await openPostgresStore({ url: inSchema(url, schema), access: "write" }))!;
    try {
      await checkGates(store, async (sql) => void await runSql(url, sql((table) => `${schema}.${table}`)));
    } finally {
      await store.close();
      await runSql(url, `DROP SCHEMA "${schema}" CASCADE`);
    }
  });

  Deno.test("postgres: what somebody else is at is let go of by its limit afterwards", async () => {
    const schema = newSchemaName();
    const store = (await openPostgresStore({ url: inSchema(url, schema), access: "write" }))!;
    const beside = new Client(url, { answerMs: 10_000 });
    const regateSome = async () => {
      for (let steps = 0; steps < 5; steps++) await store.regate();
    };
    try {
      await store.registerWorker(newWorker("w"));
      await store.changeQueue("default", { keyLimit: 1 });
      await store.enqueue(["a", "b", "c"].map((id) => newJob(id, { key: "k" })));
      const first = (await claimOne(store, "w"))!;
      await beside.query(`BEGIN; SELECT FROM ${schema}.jobs WHERE id = 'b' FOR UPDATE`);
      await store.settle(settlement(first, "completed"));
      await regateSome();
      await beside.query("ROLLBACK");
      assertEquals((await claimOne(store, "w"))?.job.id, "b");
      await beside.query(`BEGIN; SELECT FROM ${schema}.jobs WHERE id = 'c' FOR UPDATE`);
      await store.changeQueue("default", { keyLimit: null });
      await regateSome();
      await beside.query("ROLLBACK");
      assertEquals((await claimOne(store, "w"))?.job.id, "c");
      assertEquals(await store.check(), []);
    } finally {
      await beside.close();
      await store.close();
      await runSql(url, `DROP SCHEMA "${schema}" CASCADE`);
    }
  });

  Deno.test("postgres: claims go on where the user's transactions are serializable", async () => {
    const schema = newSchemaName();
    const place = `${inSchema(url, schema)}&default_transaction_isolation=serializable`;
    const open = async () => (await openPostgresStore({ url: place, access: "write" }))!;
    const first = await open();
    const stores = [first, ...await Promise.all(Array.from({ length: 7 }, open))];
    try {
      await first.enqueue(Array.from({ length: 400 }, (_, index) => newJob(`job-${index}`)));
      const done = await Promise.all(stores.map(async (store, index) => {
        await store.registerWorker(newWorker(`w${index}`));
        let count = 0;
        for (let claimed; (claimed = await claimOne(store, `w${index}`)) !== null; count++) {
          await store.settle(settlement(claimed, "completed"));
        }
        return count;
      }));
      assertEquals(done.reduce((sum, count) => sum + count), 400);
      assertEquals(await first.check(), []);
    } finally {
      for (const store of stores) await store.close();
      await runSql(url, `DROP SCHEMA "${schema}" CASCADE`);
    }
  });
}
