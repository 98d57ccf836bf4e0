/** What becomes of jobs when the PostgreSQL server goes away and comes back: a server of the tests' own. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { quickest, TestQueue } from "../support/program.ts";
import { OwnServer } from "../support/own_server.ts";
import { runSql } from "../support/postgres.ts";
import { TestProxy } from "../support/proxy.ts";
import { newJob } from "../support/sample.ts";

const quick = {
  QUEUECTL_LEASE: "3s",
  QUEUECTL_HEARTBEAT: "500ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
};

for (const mode of ["fast", "immediate"] as const) {
  Deno.test(`postgres: a server that is restarted (${mode}) in the middle of it all loses and doubles nothing`, async () => {
    await using server = await OwnServer.start();
    if (server === null) return;
    await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: server.url });
    const ids = Array.from({ length: 120 }, (_, index) => `j${index}`);
    const lines = ids.map((id) =>
      JSON.stringify({ id, command: `sleep 0.05; echo ${id} >>${queue.path("ledger")}` })
    );
    assertEquals((await queue.call(["enqueue", "-"], { stdin: lines.join("\n") })).code, 0);
    await queue.ok("worker", "start", "--count", "2", "--concurrency", "2");
    const ledger = () =>
      Deno.readTextFile(queue.path("ledger")).then((text) => text.trimEnd().split("\n"), () => []);
    for (const share of [0.2, 0.5]) {
      await queue.waitFor("some jobs to be done", async () => (await ledger()).length >= share * ids.length);
      await server.restart(mode);
    }
    await queue.waitFor("all jobs to be done", async () => {
      const { code, stdout } = await queue.call(["status", "--json"]);
      return code === 0 && JSON.parse(stdout).completed === ids.length;
    }, 60_000);
    assertEquals((await ledger()).toSorted(), ids.toSorted());
    const outcomes = new Set((await Promise.all(ids.map((id) => queue.job(id)))).map((job) => job.attempts));
    assertEquals(outcomes, new Set([1]));
    assertStringIncludes(queue.log(), "trying again");
  });
}

for (const by of ["port", "socket"] as const) {
  Deno.test(`postgres: connections by the ${by} that break in the middle of everything lose and double nothing`, async () => {
    await using server = await OwnServer.start();
    if (server === null) return;
    const url = by === "port" ? server.url : server.socketUrl;
    const store = { QUEUECTL_STORE: `${url}?application_name=victim` };
    await using queue = await TestQueue.create(quickest, { ...quick, ...store });
    const ids = Array.from({ length: 300 }, (_, index) => `j${index}`);
    const lines = ids.map((id) => JSON.stringify({ id, command: `echo ${id} >>${queue.path("ledger")}` }));
    assertEquals((await queue.call(["enqueue", "-"], { stdin: lines.join("\n") })).code, 0);
    await queue.ok("worker", "start", "--count", "2", "--concurrency", "2");
    let broken = 0;
    await queue.waitFor("the jobs to be done", async () => {
      if (broken < 20) {
        const victims = "FROM pg_stat_activity WHERE application_name = 'victim'";
        await runSql(server.url, `SELECT pg_terminate_backend(pid) ${victims}`);
      }
      broken++;
      const { code, stdout } = await queue.call(["status", "--json"]);
      return code === 0 && JSON.parse(stdout).completed === ids.length;
    }, 180_000);
    const ledger = (await Deno.readTextFile(queue.path("ledger"))).trimEnd().split("\n");
    assertEquals(ledger.toSorted(), ids.toSorted());
    assert(broken >= 2, "nothing was broken");
    assertStringIncludes(queue.log(), "trying again");
    assert(
      !queue.log().includes("ended with exit code"),
      `a worker did not live through it: ${queue.log()}`,
    );
  });
}

Deno.test("postgres: a connection that fell silent is given up, and another one serves", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using proxy = await TestProxy.start(server.port);
  const url = `postgres://tester@127.0.0.1:${proxy.port}/postgres`;
  const store = (await openPostgresStore({ url, access: "write", answerMs: 300 }))!;
  try {
    await store.enqueue([newJob("before")]);
    let woken = 0;
    await store.onWake(() => woken++);
    proxy.fallSilent();
    const error = await assertRejects(() => store.counts(), StoreUnavailable);
    assertEquals(error.problem, "unreachable");
    assertStringIncludes(error.message, "has not answered for 0.3 s");
    proxy.recover();
    assertEquals((await store.counts()).byState.pending, 1);
    // It listens again, too.
    const giveUpAt = performance.now() + 20_000;
    for (let index = 0; woken === 0; index++) {
      assert(performance.now() < giveUpAt, "nobody woke it");
      await store.enqueue([newJob(`after${index}`)]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await store.close();
  }
});
