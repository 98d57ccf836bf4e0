/** `explain`: what holds a job, gate by gate, as the program and its store really have it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { holderOf, letEnd, waitForRuns, waitingJob, workersOf } from "../support/jobs.ts";
import { checkJson } from "../support/json_schemas.ts";
import { openTestStore } from "../support/open_store.ts";
import { inStore } from "../support/raw_store.ts";
import { programs, quickest, TestQueue } from "../support/program.ts";

interface ExplainedShape {
  readonly gate: string;
  readonly until: string | null;
  readonly sentence: string;
  readonly details: { readonly try: string | null; readonly then: { readonly gate: string }[] };
}

async function explained(queue: TestQueue, id: string): Promise<ExplainedShape> {
  const found = await queue.json<ExplainedShape>("explain", id);
  checkJson("explain", found);
  return found;
}

async function assertGate(
  queue: TestQueue,
  id: string,
  expected: { readonly gate: string; readonly says: string; readonly fix?: string },
): Promise<ExplainedShape> {
  const found = await explained(queue, id);
  assertEquals(found.gate, expected.gate, JSON.stringify(found));
  assertStringIncludes(found.sentence, expected.says);
  if (expected.fix !== undefined) assertEquals(found.details.try, `queuectl ${expected.fix}`);
  return found;
}

function secondsLeft({ until }: ExplainedShape): number {
  return (Date.parse(until!) - Date.now()) / 1000;
}

for (const program of programs) {
  Deno.test(`explain says what holds a job, what comes then, and what would help (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "j", "--queue", "video", "--delay", "1h", "--", "true");
    await queue.ok("queue", "pause", "video");
    const lines = (await queue.ok("explain", "j")).split("\n");
    assert(/^j: It is not due yet: it may start in (1h|59m 5\ds)\.$/.test(lines[0]!), lines[0]);
    assertEquals(lines.slice(1), [
      "Then: Its queue video is paused: nothing of it starts until somebody resumes it.",
      "Then: No worker is running.",
      "Try: queuectl edit j --delay 0s",
      "",
    ]);
    const unknown = await queue.call(["explain", "nobody"]);
    assertEquals([unknown.code, unknown.stdout], [3, ""]);
    assertStringIncludes(unknown.stderr, 'Cannot explain job "nobody": there is no such job');
  });
}

Deno.test("explain: delay, backoff, snooze, and how a job ended", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_BACKOFF_BASE: "100" });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "later", "--delay", "90s", "--", "true");
  const later = await assertGate(queue, "later", {
    gate: "delay",
    says: "not due yet",
    fix: "edit later --delay 0s",
  });
  assert(secondsLeft(later) > 60 && secondsLeft(later) <= 90, later.until!);
  await queue.ok("enqueue", "--id", "failed", "--", "exit 3");
  await queue.ok("enqueue", "--id", "snoozed", "--snooze-codes", "75", "--snooze", "1h", "--", "exit 75");
  await queue.ok("enqueue", "--id", "dead", "--max-retries", "1", "--", "exit 4");
  await queue.ok("enqueue", "--id", "done", "--", "true");
  await queue.waitForState("done", "completed");
  const failed = await assertGate(queue, "failed", {
    gate: "backoff",
    says: "1 of 3 are used up",
    fix: "retry failed",
  });
  assert(secondsLeft(failed) > 60 && secondsLeft(failed) <= 100, failed.until!);
  await assertGate(queue, "snoozed", { gate: "backoff", says: "come back later, once so far" });
  await assertGate(queue, "dead", { gate: "ended", says: "It is dead", fix: "dlq retry dead" });
  await assertGate(queue, "done", { gate: "ended", says: "It is completed" });
  await queue.ok("cancel", "later");
  await assertGate(queue, "later", { gate: "ended", says: "cancelled by request", fix: "retry later" });
});

Deno.test("explain: paused, throttled, at its limits", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "runs", "--key", "ada", "--", waitingJob(queue, "runs"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "runs", 1);
  await queue.ok("queue", "pause", "default");
  await queue.ok("enqueue", "--id", "j", "--key", "ada", "--", "true");
  await assertGate(queue, "j", {
    gate: "paused",
    says: "queue default is paused",
    fix: "queue resume default",
  });
  await queue.ok("queue", "throttle", "default", "--for", "60s");
  const gatesOf = async () => {
    const found = await explained(queue, "j");
    return [found.gate, ...found.details.then.map(({ gate }) => gate)];
  };
  assertEquals(await gatesOf(), ["paused", "throttle", "busy"]);
  await queue.ok("queue", "throttle", "default", "--for", "0s");
  await queue.ok("queue", "set", "default", "--limit", "1", "--key-limit", "1");
  assertEquals(await gatesOf(), ["paused", "queue_limit", "key_limit", "busy"]);
  await queue.ok("queue", "resume", "default");
  await assertGate(queue, "j", { gate: "queue_limit", says: "runs 1 of at most 1 at once" });
  await queue.ok("queue", "set", "default", "--limit", "none");
  await assertGate(queue, "j", { gate: "key_limit", says: '1 with its key "ada" runs, and at most 1' });
  await letEnd(queue, "runs");
});

Deno.test("explain: a throttle and a rate say when they are over", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--queue", "mail", "--", "true");
  await queue.ok("queue", "throttle", "mail", "--for", "60s");
  const throttled = await assertGate(queue, "j", {
    gate: "throttle",
    says: "throttled: nothing of it starts for",
    fix: "queue throttle mail --for 0s",
  });
  assert(secondsLeft(throttled) > 50 && secondsLeft(throttled) <= 60, throttled.until!);
  await queue.ok("queue", "throttle", "mail", "--for", "0s");
  await queue.ok("queue", "set", "mail", "--rate", "2/m");
  inStore(queue, (database) => {
    for (const [number, ago] of [[1, 50_000], [2, 20_000]] as const) {
      database.prepare("INSERT INTO starts (queue, number, started_at) VALUES ('mail', ?, ?)").run(
        number,
        Date.now() - ago,
      );
    }
  });
  const rated = await assertGate(queue, "j", { gate: "rate", says: "rate of 2/m allows" });
  assert(secondsLeft(rated) > 2 && secondsLeft(rated) <= 10, rated.until!);
  await queue.ok("queue", "set", "mail", "--rate", "3/m");
  assertEquals((await explained(queue, "j")).gate, "no_worker");
});

Deno.test("explain: jobs that it waits for are named, with what is waited for", async () => {
  await using queue = await TestQueue.create();
  for (const id of ["a", "b", "j"]) await queue.ok("enqueue", "--id", id, "--", "true");
  inStore(queue, (database) => {
    const seq = (id: string) => database.prepare("SELECT seq FROM jobs WHERE id = ?").get(id)!.seq as number;
    database.prepare("UPDATE jobs SET state = 'blocked', open_parents = 2 WHERE id = 'j'").run();
    for (const [parent, awaits] of [["a", "completed"], ["b", "ended"]] as const) {
      database.prepare("INSERT INTO dependencies VALUES (?, ?, ?, 'open')").run(
        seq(parent),
        seq("j"),
        awaits,
      );
    }
  });
  await assertGate(queue, "j", {
    gate: "parents",
    says: "It waits for a (pending) to be completed, b (pending) to have ended.",
    fix: "explain a",
  });
});

Deno.test("explain: what no worker could ever take, and the call that starts one which could", async () => {
  await using queue = await TestQueue.create();
  const enqueue = (id: string, ...args: string[]) => queue.ok("enqueue", "--id", id, ...args, "--", "true");
  await queue.ok("queue", "pause", "default");
  await enqueue("any");
  const none = await explained(queue, "any");
  assertEquals(none.details.then.map(({ gate }) => gate), ["no_worker"]);
  await queue.ok("queue", "resume", "default");
  await queue.ok("worker", "start", "--queues", "default,img-*", "--resources", "gpu=1");
  await enqueue("queue", "--queue", "video");
  await enqueue("tags", "--queue", "img-1", "--needs", "gpu");
  await enqueue("slots", "--slots", "3");
  await enqueue("resource", "--resource", "gpu=2");
  await assertGate(queue, "queue", {
    gate: "queue",
    says: "queue video",
    fix: "worker start --queues video",
  });
  await assertGate(queue, "tags", {
    gate: "tags",
    says: "offers gpu",
    fix: "worker start --queues img-1 --tags gpu",
  });
  await assertGate(queue, "slots", { gate: "slots", says: "3 slots", fix: "worker start --concurrency 3" });
  await assertGate(queue, "resource", {
    gate: "resource",
    says: "gpu=2",
    fix: "worker start --resource gpu=2",
  });
});

Deno.test("explain: busy workers, who runs it, and a host that holds its worker back", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "runs", "--", waitingJob(queue, "runs"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "runs", 1);
  await queue.ok("enqueue", "--id", "first", "--", "true");
  await queue.ok("enqueue", "--id", "j", "--", "true");
  await assertGate(queue, "j", {
    gate: "busy",
    says: "busy: it waits until a job ends. 1 job goes before it.",
  });
  const holder = await holderOf(queue, "runs");
  await assertGate(queue, "runs", {
    gate: "running",
    says: `It runs on worker ${holder.id}`,
    fix: "logs --follow runs",
  });
  const store = await openTestStore(`${queue.home}/queue.sqlite`);
  await store.setHeld(holder.id, "its load is 9.1, above max_load 8");
  await store.close();
  await assertGate(queue, "j", {
    gate: "host",
    says: "claims nothing for now: its load is 9.1, above max_load 8",
  });
  await letEnd(queue, "runs");
});

Deno.test("explain: a silent worker's lease, and one whose process is gone", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_LEASE: "2s", QUEUECTL_HEARTBEAT: "500ms" });
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const { pid, id } = await holderOf(queue, "j");
  Deno.kill(pid, "SIGSTOP");
  await queue.waitFor("its worker to be silent", async () => (await workersOf(queue))[0]!.state === "silent");
  await assertGate(queue, "j", { gate: "silent_worker", says: `Its worker ${id}`, fix: "worker list" });
  Deno.kill(pid, "SIGCONT");
  await queue.waitFor("it to come back", async () => (await explained(queue, "j")).gate === "running");
  await letEnd(queue, "j");
});
