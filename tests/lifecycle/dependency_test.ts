/** Jobs that wait for others, with real workers; and the hook of dead ones. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { openTestStore } from "../support/open_store.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { quickest, TestQueue } from "../support/program.ts";
import { claimOne, newWorker, settlement } from "../support/sample.ts";

/** Nobody looks by itself before the test is over: what is done in time was woken for it. */
const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h", QUEUECTL_MAX_RETRIES: "1" };

const server = findTestServer();

/** In a home, and where there is a server also on that. */
function onEachStore(name: string, body: (queue: TestQueue) => Promise<void>): void {
  Deno.test(`${name} (sqlite)`, async () => {
    await using queue = await TestQueue.create(quickest, slow);
    await body(queue);
  });
  if (server === null) return;
  Deno.test(`${name} (postgres)`, async () => {
    const schema = newSchemaName();
    {
      await using queue = await TestQueue.create(quickest, {
        ...slow,
        QUEUECTL_STORE: inSchema(server.url, schema),
      });
      await body(queue);
    }
    await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
}

/** Enqueues jobs from lines of JSON. */
async function enqueue(queue: TestQueue, ...jobs: readonly Record<string, unknown>[]): Promise<void> {
  const { code, stderr } = await queue.call(["enqueue", "-"], {
    stdin: jobs.map((job) => JSON.stringify(job)).join("\n"),
  });
  assertEquals(code, 0, stderr);
}

async function statesOf(queue: TestQueue, ...ids: readonly string[]): Promise<string> {
  const jobs = new Map((await queue.json("list")).map((job) => [job.id, job.state]));
  return ids.map((id) => jobs.get(id)).join(" ");
}

onEachStore("a diamond runs in its order", async (queue) => {
  const note = (id: string) => `echo ${id} >>${queue.path("order")}`;
  await queue.ok("worker", "start", "--count", "2");
  await enqueue(
    queue,
    { id: "d", command: note("d"), after: ["b", "c"] },
    { id: "b", command: note("b"), after: ["a"] },
    { id: "c", command: `sleep 0.2; ${note("c")}`, after: ["a"] },
    { id: "a", command: note("a") },
  );
  assertEquals((await queue.call(["wait", "d", "--timeout", "20s"])).code, 0);
  const order = (await Deno.readTextFile(queue.path("order"))).trim().split("\n");
  assertEquals([order[0], order[3], order.length], ["a", "d", 4]);
});

onEachStore(
  "a parent that dies cancels what waits for it, and retry --cascade takes that back",
  async (queue) => {
    await queue.ok("worker", "start");
    const flag = queue.path("mended");
    await enqueue(
      queue,
      { id: "a", command: `test -e ${flag}` },
      { id: "b", command: "true", after: ["a"] },
      { id: "c", command: "true", after: ["b"] },
      { id: "clean", command: "true", after_any: ["c"] },
      { id: "cry", command: "true", after_fail: ["a"] },
    );
    const waited = await queue.call(["wait", "a", "b", "c", "clean", "cry", "--timeout", "20s"]);
    assertEquals(waited.code, 1, waited.stderr);
    assertEquals(
      await statesOf(queue, "a", "b", "c", "clean", "cry"),
      "dead cancelled cancelled completed completed",
    );
    assertEquals((await queue.job("c")).reason, "job b, which it waited for, was cancelled");
    await Deno.writeTextFile(flag, "");
    const { stderr } = await queue.call(["retry", "a", "--cascade"]);
    assertEquals(stderr, "a: due now.\n2 jobs that waited in vain: wait again.\n");
    assertEquals((await queue.call(["wait", "c", "--timeout", "20s"])).code, 0);
    assertEquals(await statesOf(queue, "a", "b", "c"), "completed completed completed");
  },
);

onEachStore("without --cascade retry says how many are left", async (queue) => {
  await enqueue(
    queue,
    { id: "a", command: "true" },
    { id: "b", command: "true", after: ["a"] },
    { id: "c", command: "true", after: ["b"] },
  );
  const cancelled = await queue.call(["cancel", "a"]);
  assertEquals(cancelled.stderr, "a: cancelled.\n2 jobs that waited: cancelled too.\n");
  const { stderr } = await queue.call(["retry", "a"]);
  assertEquals(
    stderr,
    "a: due now.\n2 jobs that waited are still cancelled.\n  Let them wait again: queuectl retry a --cascade\n",
  );
  await queue.ok("retry", "a", "--cascade");
  assertEquals(await statesOf(queue, "a", "b", "c"), "pending blocked blocked");
  assertStringIncludes(await queue.ok("show", "b"), "waits for  a (pending)");
});

onEachStore("who waits for a blocked job is told of its end, though no worker is there", async (queue) => {
  await enqueue(queue, { id: "a", command: "true" }, { id: "b", command: "true", after: ["a"] });
  const waiting = queue.call(["wait", "b", "--timeout", "20s"]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await queue.ok("cancel", "a");
  const { code, stderr } = await waiting;
  assertEquals(code, 125, stderr);
  assertStringIncludes(stderr, "job a, which it waited for, was cancelled");
});

// The store's own transactions are the same whoever calls them; a worker that is killed just here leaves this behind.
onEachStore("what a killed worker did not pass on, the next one does", async (queue) => {
  await enqueue(
    queue,
    { id: "a", command: "true", priority: 9 },
    ...Array.from(
      { length: 900 },
      (_, index) => ({ id: `c${index}`, command: "true", after: ["a"], needs: ["none"] }),
    ),
  );
  const url = queue.env.QUEUECTL_STORE;
  const store = url === undefined
    ? await openTestStore(`${queue.home}/queue.sqlite`)
    : (await openPostgresStore({ url, access: "write" }))!;
  try {
    await store.registerWorker(newWorker("w"));
    const settled = await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    assertEquals(settled!.hasEnds, true);
    assert((await store.counts()).byState.blocked > 0);
    await store.removeWorker("w");
  } finally {
    await store.close();
  }
  await queue.ok("worker", "start");
  await queue.waitFor("all to be pending", async () => {
    const status = await queue.json<{ blocked: number; pending: number }>("status");
    return status.blocked === 0 && status.pending === 900;
  });
});

onEachStore("a worker that is killed while a graph ends leaves nothing waiting", async (queue) => {
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "a", "--", `${waitingJob(queue, "a")}; exit 1`);
  const wide = Array.from(
    { length: 3000 },
    (_, index) => ({ id: `c${index}`, command: "true", after: ["a"] }),
  );
  const deep = wide.map(({ id }) => ({ id: `below-${id}`, command: "true", after: [id] }));
  await enqueue(queue, ...wide, ...deep);
  await waitForRuns(queue, "a", 1);
  await letEnd(queue, "a");
  await queue.waitFor(
    "some to be cancelled",
    async () => (await queue.json<{ cancelled: number }>("status")).cancelled > 0,
  );
  for (const pid of queue.workerPids()) Deno.kill(pid, "SIGKILL");
  await queue.waitFor(
    "all to be cancelled",
    async () => (await queue.json<{ cancelled: number }>("status")).cancelled === 6000,
  );
});

onEachStore("each job that dies has its hook, which is told of it and has none itself", async (queue) => {
  await queue.ok("config", "set", "on_dead", `echo "$QUEUECTL_DEAD_ID $QUEUECTL_DEAD_EXIT_CODE"; exit 1`);
  await queue.ok("worker", "start", "--count", "2");
  await enqueue(queue, ...["a", "b", "c"].map((id) => ({ id, command: "exit 7" })), {
    id: "d",
    command: "true",
  });
  await queue.waitFor(
    "three hooks to die",
    async () => (await queue.json("list")).filter((job) => job.state === "dead").length === 6,
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const jobs = await queue.json<{ id: string; hook_of: string | null }[]>("list");
  const hooks = jobs.filter((job) => job.hook_of !== null);
  assertEquals(hooks.map((job) => job.hook_of).toSorted(), ["a", "b", "c"]);
  assertEquals(jobs.length, 7);
  const ofA = hooks.find((job) => job.hook_of === "a")!;
  assertEquals(await queue.ok("logs", ofA.id), "a 7\n");
});
