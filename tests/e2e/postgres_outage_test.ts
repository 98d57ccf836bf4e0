/** What workers and commands do while a PostgreSQL server cannot serve: real servers, each kept from it in its own way. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { pidsOf, waitForRuns, waitingJob } from "../support/jobs.ts";
import { OwnServer } from "../support/own_server.ts";
import { runSql } from "../support/postgres.ts";
import { quickest, TestQueue, waitFor } from "../support/program.ts";
import { TestProxy } from "../support/proxy.ts";

const quick = {
  QUEUECTL_LEASE: "3s",
  QUEUECTL_HEARTBEAT: "500ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
};

/** How often the worker has said a thing. */
function said(queue: TestQueue, what: string): number {
  return queue.log().split("\n").filter((line) => line.includes(" worker ") && line.includes(what)).length;
}

/** One worker with a job that ends during the outage and one that outlives it; both are settled once it is over. */
async function throughOutage(
  queue: TestQueue,
  outage: { readonly begin: () => Promise<void>; readonly end: () => Promise<void>; readonly says: string },
): Promise<void> {
  await queue.ok("enqueue", "--id", "short", "--", waitingJob(queue, "short"));
  await queue.ok("enqueue", "--id", "long", "--", waitingJob(queue, "long"));
  await queue.ok("worker", "start", "--concurrency", "2");
  await waitForRuns(queue, "short", 1);
  await waitForRuns(queue, "long", 1);
  const before = said(queue, "trying again until the store answers");
  await outage.begin();
  await Deno.writeTextFile(queue.path("short.go"), "");
  await queue.waitFor("the outage to be said", () => Promise.resolve(said(queue, outage.says) > 0));
  // Several heartbeats and tries to settle, each of which could say it again.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assertEquals(said(queue, "trying again until the store answers"), before + 1, queue.log());
  await outage.end();
  await queue.waitForState("short", "completed");
  await queue.waitFor(
    "its end to be said",
    () => Promise.resolve(said(queue, "the store answers again") > 0),
  );
  await Deno.writeTextFile(queue.path("long.go"), "");
  const long = await queue.waitForState("long", "completed");
  assertEquals([long.runs.length, (await pidsOf(queue, "long")).length], [1, 1]);
  assertEquals([long.attempts, (await queue.job("short")).attempts], [1, 1]);
  assertEquals(said(queue, "trying again until the store answers"), before + 1, queue.log());
  assertEquals(said(queue, "the store answers again"), 1, queue.log());
  assert(!queue.log().includes("ended with exit code"), queue.log());
}

async function refusedWith(
  queue: TestQueue,
  args: readonly string[],
  ...parts: readonly string[]
): Promise<void> {
  const { code, stdout, stderr } = await queue.call(args);
  assertEquals([code, stdout], [4, ""], stderr);
  for (const part of parts) assertStringIncludes(stderr, part);
  assert(!/\bat .*\.(ts|js):\d+/.test(stderr), stderr);
}

const add = ["enqueue", "--", "true"];

Deno.test("postgres: a server without a connection left is waited for, and said once", async () => {
  await using server = await OwnServer.start(["max_connections=10", "superuser_reserved_connections=0"]);
  if (server === null) return;
  await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: server.url });
  let hog: postgres.Sql | undefined;
  await throughOutage(queue, {
    says: "no connection left",
    begin: async () => {
      hog = postgres(server.url, { max: 10, onnotice: () => {}, max_lifetime: null });
      // Takes what is left, then what others had, as soon as they are rid of it.
      for (let index = 0; index < 10; index++) void holdOne(hog);
      await runUntilFull(server.url);
      await refusedWith(queue, add, "no connection left", "max_connections");
      await refusedWith(queue, ["status"], "no connection left", "max_connections");
    },
    end: async () => await hog!.end({ timeout: 0 }),
  });
});

async function holdOne(sql: postgres.Sql): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const held = await sql.reserve();
      await held`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'queuectl' ORDER BY random() LIMIT 1`;
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function runUntilFull(url: string): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (performance.now() < giveUpAt) {
    try {
      await runSql(url, "SELECT 1");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "53300") return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("connections are still to be had");
}

Deno.test("postgres: a server that is read-only is waited for, and said once", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: server.url });
  await throughOutage(queue, {
    says: "the server is read-only",
    begin: async () => {
      await runSql(server.url, "ALTER SYSTEM SET default_transaction_read_only = on");
      await server.reload();
      await queue.waitFor("it to be read-only", async () => (await queue.call(add)).code === 4);
      await refusedWith(queue, add, "read-only", "default_transaction_read_only");
      assertEquals((await queue.call(["status"])).code, 0);
    },
    end: async () => {
      await runSql(
        `${server.url}?default_transaction_read_only=off`,
        "ALTER SYSTEM RESET default_transaction_read_only",
      );
      await server.reload();
    },
  });
});

Deno.test("postgres: statements that time out are tried again, and said once", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest, {
    ...quick,
    QUEUECTL_STORE: `${server.url}?statement_timeout=200`,
  });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  let lock: Promise<unknown> | undefined;
  const over = Promise.withResolvers<void>();
  try {
    await throughOutage(queue, {
      says: "cancelled the statement",
      begin: async () => {
        const locked = Promise.withResolvers<void>();
        lock = sql.begin(async (transaction) => {
          await transaction`LOCK TABLE queuectl.workers, queuectl.jobs IN ACCESS EXCLUSIVE MODE`;
          locked.resolve();
          await over.promise;
        });
        await locked.promise;
        await refusedWith(queue, add, "cancelled the statement", "statement_timeout");
        await refusedWith(queue, ["list"], "cancelled the statement", "statement_timeout");
      },
      end: async () => {
        over.resolve();
        await lock;
      },
    });
  } finally {
    over.resolve();
    await sql.end();
  }
});

Deno.test("postgres: a connection that hangs in the middle of a drain is given up; nothing is lost or doubled", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using proxy = await TestProxy.start(server.port);
  const url = `postgres://tester@127.0.0.1:${proxy.port}/postgres`;
  await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: server.url });
  const ids = Array.from({ length: 60 }, (_, index) => `j${index}`);
  const stdin = ids.map((id) =>
    JSON.stringify({ id, command: `sleep 0.05; echo ${id} >>${queue.path("ledger")}` })
  );
  assertEquals((await queue.call(["enqueue", "-"], { stdin: stdin.join("\n") })).code, 0);
  await queue.call(["worker", "start", "--count", "2"], { env: { QUEUECTL_STORE: url } });
  const done = async () => (await queue.json<{ completed: number }>("status")).completed;
  for (const share of [10, 30]) {
    await queue.waitFor(`${share} jobs to be done`, async () => await done() >= share, 60_000);
    proxy.fallSilent();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    proxy.recover();
  }
  // What hangs is given up after 20 s.
  await queue.waitFor("all jobs to be done", async () => await done() === ids.length, 90_000);
  const ledger = (await Deno.readTextFile(queue.path("ledger"))).trimEnd().split("\n");
  assertEquals(ledger.toSorted(), ids.toSorted());
  assertStringIncludes(queue.log(), "has not answered for 20 s");
});

Deno.test("postgres: workers go over to a standby that was promoted, by a URL that names both", async () => {
  await using primary = await OwnServer.start();
  if (primary === null) return;
  await using standby = await primary.standby();
  const url = (first: OwnServer, second: OwnServer) =>
    `postgres://tester@127.0.0.1:${first.port},127.0.0.1:${second.port}/postgres?target_session_attrs=read-write`;
  // The standby first: whoever takes the first that answers cannot write.
  await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: url(standby, primary) });
  await throughOutage(queue, {
    says: "no server can be written to",
    begin: async () => {
      await waitForReplay(primary, standby);
      await primary.stop("immediate");
      await refusedWith(queue, add, "no server can be written to", "is read-only");
    },
    end: () => standby.promote(),
  });
  await queue.ok("worker", "stop", "--wait");
  // A server that may only be read is of use to who only reads.
  const alone = await queue.call(["status", "--json", "--store", standby.url]);
  assertEquals(JSON.parse(alone.stdout).completed, 2);
});

/** Replication is asynchronous: what the standby has not is lost with the primary. */
async function waitForReplay(primary: OwnServer, standby: OwnServer): Promise<void> {
  const [from, to] = [primary.url, standby.url].map((url) => postgres(url, { max: 1 }));
  try {
    const [at] = await from!`SELECT pg_current_wal_lsn()::text AS lsn`;
    for (const giveUpAt = performance.now() + 20_000;;) {
      const [row] = await to!`SELECT pg_last_wal_replay_lsn() >= ${at!.lsn}::pg_lsn AS there`;
      if (row!.there === true) return;
      assert(performance.now() < giveUpAt, "the standby does not catch up");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await from!.end();
    await to!.end();
  }
}

Deno.test("postgres: who waits for a job bears with a restart of the server, and says so", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest, { ...quick, QUEUECTL_STORE: server.url });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--max-retries", "1", "--", `${waitingJob(queue, "j")}; exit 6`);
  await waitForRuns(queue, "j", 1);
  const waiting = queue.spawn(["wait", "j"]);
  await queue.waitFor(
    "the wait to be known",
    async () => (await runSql(server.url, "SELECT * FROM queuectl.waits")).length === 1,
  );
  const decoder = new TextDecoderStream();
  let said = "";
  const reading = waiting.stderr.pipeThrough(decoder).pipeTo(
    new WritableStream({ write: (part) => void (said += part) }),
  );
  await server.stop("fast");
  await waitFor("the outage to be said", () => Promise.resolve(said.includes("still waiting")));
  await server.startAgain();
  await queue.waitFor("its end to be said", () => Promise.resolve(said.includes("The store serves again.")));
  await Deno.writeTextFile(queue.path("j.go"), "");
  assertEquals((await waiting.status).code, 6);
  await Promise.all([reading, waiting.stdout.cancel()]);
  assertEquals(said.match(/still waiting/g)?.length, 1, said);
});
