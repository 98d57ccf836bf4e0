/** What a connection to PostgreSQL that breaks does to the process that uses it: its calls fail, and nothing else. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { Connection } from "../../src/store/postgres/connection.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { OwnServer } from "../support/own_server.ts";
import { TestProxy } from "../support/proxy.ts";
import { waitFor } from "../support/program.ts";
import { newJob } from "../support/sample.ts";

const server = findTestServer();

Deno.test({
  name: "postgres: backends that are terminated again and again fail calls, and hang or end nobody",
  ignore: server === null,
  async fn() {
    const schema = newSchemaName();
    const url = `${inSchema(server!.url, schema)}&application_name=${schema}`;
    const store = (await openPostgresStore({ url, access: "write" }))!;
    const kill =
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${schema}'`;
    let [isOver, broken, done, longestMs] = [false, 0, 0, 0];
    const caller = async (name: string) => {
      for (let index = 0; !isOver; index++) {
        const startedAt = performance.now();
        try {
          if (index % 2 === 0) await store.enqueue([newJob(`${name}-${index}`)]);
          else await store.counts();
          done++;
        } catch (error) {
          assert(error instanceof StoreUnavailable, String(error));
          broken++;
        }
        longestMs = Math.max(longestMs, performance.now() - startedAt);
      }
    };
    try {
      await store.onWake(() => {});
      const callers = ["a", "b", "c", "d"].map(caller);
      const giveUpAt = performance.now() + 30_000;
      while ((broken <= 20 || done <= 20) && performance.now() < giveUpAt) await runSql(server!.url, kill);
      isOver = true;
      await Promise.all(callers);
      assert(broken > 20 && done > 20, `${broken} calls failed, ${done} went well`);
      assert(longestMs < 5000, `a call took ${longestMs} ms`);
    } finally {
      isOver = true;
      await store.close();
      await runSql(server!.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  },
});

for (const how of ["cut", "reset"] as const) {
  Deno.test({
    name: `postgres: connections that are broken off by the network (${how}) are replaced at once`,
    ignore: server === null,
    async fn() {
      const own = await OwnServer.start();
      if (own === null) return;
      await using _server = own;
      await using proxy = await TestProxy.start(own.port);
      const store = (await openPostgresStore({ url: through(proxy), access: "write" }))!;
      try {
        let woken = 0;
        await store.onWake(() => woken++);
        for (let round = 0; round < 20; round++) {
          proxy.delayMs = round % 4 === 3 ? 30 : 0;
          const calls = [store.counts(), store.enqueue([newJob(`j${round}`)])];
          await new Promise((resolve) => setTimeout(resolve, round));
          proxy[how]();
          for (const call of await Promise.allSettled(calls)) {
            if (call.status === "rejected") {
              assert(call.reason instanceof StoreUnavailable, String(call.reason));
            }
          }
          proxy.delayMs = 0;
          // One call may meet a connection whose end it is the first to notice.
          await waitFor("the store to answer", () => store.counts().then(() => true, () => false), 2000);
        }
        // Who listens is heard again, too: nothing breaks the new connections.
        let wakes = 0;
        const wokenBefore = woken;
        await waitFor("a wake-up", async () => {
          await store.enqueue([newJob(`wake${wakes++}`)]);
          return woken > wokenBefore;
        }, 10_000);
      } finally {
        await store.close();
      }
    },
  });
}

Deno.test("postgres: a host that is cut off in the middle of a transaction does not keep its locks", async () => {
  await using own = await OwnServer.start();
  if (own === null) return;
  await using proxy = await TestProxy.start(own.port);
  const store = (await openPostgresStore({ url: own.url, access: "write" }))!;
  const cutOff = new Connection({ url: through(proxy), schema: "queuectl", location: "x", answerMs: 1000 });
  try {
    await store.enqueue([newJob("j")]);
    const lost = cutOff.write(async (queries) => {
      await queries.run("SELECT FROM @jobs FOR UPDATE");
      proxy.fallSilent();
      await queries.run("SELECT 1");
    });
    const error = await assertRejects(() => lost, StoreUnavailable);
    assertEquals(error.problem, "unreachable");
    const startedAt = performance.now();
    await runSql(own.url, "UPDATE queuectl.jobs SET priority = 1");
    assert(performance.now() - startedAt < 5000, "the lock was held for long");
  } finally {
    await cutOff.close();
    await store.close();
  }
});

function through(proxy: TestProxy): string {
  return `postgres://tester@127.0.0.1:${proxy.port}/postgres`;
}

Deno.test("postgres: who cannot listen, on a standby, keeps no connection open for each try, and listens after the promotion", async () => {
  await using primary = await OwnServer.start();
  if (primary === null) return;
  await (await openPostgresStore({ url: primary.url, access: "write" }))!.close();
  await using standby = await primary.standby();
  const store = (await openPostgresStore({ url: standby.url, access: "read" }))!;
  try {
    let woken = 0;
    await assertRejects(() => store.onWake(() => woken++), StoreUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const most = 3;
    const count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'queuectl'";
    await runSql(standby.url, `DO $$ BEGIN ASSERT (${count}) <= ${most}; END $$`);
    await standby.promote();
    await waitFor("it to listen", async () => {
      await store.enqueue([newJob(crypto.randomUUID())]);
      return woken > 0;
    });
  } finally {
    await store.close();
  }
});
