/** Jobs that expire: with workers and without, and whoever waits for them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { quickest, type StatusShape, TestQueue } from "../support/program.ts";

/** Nobody looks by itself before the test is over: what is done in time is done by a timer for just that. */
const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };

Deno.test("a worker cancels what has expired, when it expires, and runs the rest", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("worker", "start");
  // No worker may take it.
  await queue.ok(
    "enqueue",
    "--id",
    "e",
    "--needs",
    "gpu",
    "--expires",
    "700ms",
    "--",
    `touch ${queue.path("ran")}`,
  );
  await queue.ok("enqueue", "--id", "stays", "--needs", "gpu", "--expires", "1h", "--", "true");
  await queue.ok("enqueue", "--id", "runs", "--expires", "1h", "--", "true");
  await queue.waitForState("runs", "completed");
  const job = await queue.waitForState("e", "cancelled");
  assertEquals([job.reason, job.runs, job.attempts], ["expired", [], 0]);
  const lateMs = Date.parse(job.finished_at!) - Date.parse(job.expires_at!);
  assert(lateMs >= 0 && lateMs < 5000, `it was cancelled ${lateMs} ms after its expiry`);
  assertEquals((await queue.job("stays")).state, "pending");
  assertEquals(await Deno.stat(queue.path("ran")).catch(() => null), null);
});

Deno.test("wait ends with 125 when its job expires, though no worker is there", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  await queue.ok("enqueue", "--id", "e", "--expires", "700ms", "--", "true");
  await queue.ok("enqueue", "--id", "f", "--expires", "800ms", "--", "true");
  const [one, both, meanwhile] = await Promise.all([
    queue.call(["wait", "e"]),
    queue.call(["wait", "e", "f", "--json"]),
    queue.call(["enqueue", "--wait", "--expires", "900ms", "--", "true"]),
  ]);
  assertEquals([one.code, both.code, meanwhile.code], [125, 1, 125], one.stderr + both.stderr);
  assertStringIncludes(one.stderr, "Job e is cancelled: expired");
  const ends: { reason: string; code: number }[] = JSON.parse(both.stdout);
  assertEquals(ends.map(({ reason, code }) => [reason, code]), [["expired", 125], ["expired", 125]]);
  assertEquals((await queue.call(["wait", "e"])).code, 125);
});

Deno.test("run ends with 125 when its job expires before a worker takes it", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  const { code, stdout, stderr } = await queue.call(["run", "--expires", "500ms", "--", "echo ran"]);
  assertEquals([code, stdout], [125, ""], stderr);
  assertStringIncludes(stderr, "is cancelled: expired");
});

Deno.test("until somebody cancels it, an expired job is shown as that, is not run, and can be retried", async () => {
  await using queue = await TestQueue.create(quickest, slow);
  for (const id of ["e", "again"]) {
    await queue.ok("enqueue", "--id", id, "--expires", "200ms", "--", `echo ${id} >>${queue.path("ran")}`);
  }
  await queue.waitFor(
    "the expiry",
    async () => (await queue.ok("show", "again")).includes("expired: it will not run"),
  );
  assertEquals((await queue.job("e")).state, "pending");
  assertEquals((await queue.json<StatusShape>("status")).pending, 2);
  await queue.ok("retry", "again");
  assertEquals((await queue.job("again")).expires_at, null);
  await queue.ok("worker", "start");
  await queue.waitForState("again", "completed");
  assertEquals((await queue.waitForState("e", "cancelled")).reason, "expired");
  assertEquals(await Deno.readTextFile(queue.path("ran")), "again\n");
  await queue.ok("retry", "e");
  assertEquals((await queue.waitForState("e", "completed")).expires_at, null);
});

Deno.test("a job that has started runs on beyond its expiry, and so do its retries", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_BACKOFF_BASE: "0" });
  await queue.ok("worker", "start");
  const command = `${waitingJob(queue, "j")}; test $QUEUECTL_ATTEMPT = 2`;
  await queue.ok("enqueue", "--id", "j", "--expires", "1s", "--", command);
  const { expires_at } = await waitForRuns(queue, "j", 1).then(() => queue.job("j"));
  await queue.waitFor("the expiry", () => Promise.resolve(Date.now() > Date.parse(expires_at!) + 100));
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  assertEquals(job.runs.map(({ outcome }) => outcome), ["failed", "completed"]);
});

const server = findTestServer();
if (server !== null) {
  Deno.test("on PostgreSQL wait ends when its job expires, with no worker and with a busy one", async () => {
    const schema = newSchemaName();
    await using queue = await TestQueue.create(quickest, {
      ...slow,
      QUEUECTL_STORE: inSchema(server.url, schema),
    });
    try {
      await queue.ok("enqueue", "--id", "e", "--expires", "700ms", "--", "true");
      const alone = await queue.call(["wait", "e"]);
      assertEquals([alone.code, alone.stderr.includes("expired")], [125, true], alone.stderr);
      await queue.ok("worker", "start");
      await queue.ok("enqueue", "--id", "busy", "--", waitingJob(queue, "busy"));
      await waitForRuns(queue, "busy", 1);
      const accepted = await queue.call(["enqueue", "--id", "f", "--expires", "700ms", "--", "true"]);
      assertMatch(accepted.stderr, /^Accepted f; expires \S+ \(in \d+ms\)\.$/m);
      assertEquals((await queue.waitForState("f", "cancelled")).reason, "expired");
      await letEnd(queue, "busy");
      await queue.waitForState("busy", "completed");
    } finally {
      await queue.call(["worker", "stop", "--wait"]);
      await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  });
}
