/** Outcome rules: a job says what its exit codes mean, how long it waits between attempts, and until when. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { holderOf, letEnd, sigkill, waitForRuns, waitingJob } from "../support/jobs.ts";
import { quickest, type ShownJobShape, type StatusShape, TestQueue, waitFor } from "../support/program.ts";

const hour = 3_600_000;

/** Exits with each of these codes in turn, then with the last one for ever. */
function exitsWith(queue: TestQueue, name: string, codes: readonly number[]): string {
  const file = queue.path(`${name}.runs`);
  const cases = codes.map((code, index) => `${index === codes.length - 1 ? "*" : index + 1}) exit ${code};;`);
  return `echo x >>${file}; case $(wc -l <${file}) in ${cases.join(" ")} esac`;
}

function outcomes(job: ShownJobShape): (string | null)[] {
  return job.runs.map((run) => run.outcome);
}

/** How long after its newest run's end a job is due, by the store's clock. */
function waitMs(job: ShownJobShape): number {
  return Date.parse(job.run_at) - Date.parse(job.runs.at(-1)!.finished_at!);
}

Deno.test("ok_codes are the whole set of what counts as success", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "three", "--ok-codes", "0,3", "--", "echo part >&2; exit 3");
  await queue.ok("enqueue", '{"id":"zero","command":"exit 0","ok_codes":[3],"max_retries":1}');
  await queue.ok("enqueue", "--id", "argv", "--ok-codes=3", "--", "sh", "-c", "exit 3");
  await queue.ok("enqueue", "--id", "plain", "--max-retries", "1", "--", "exit 3");
  await queue.ok("worker", "start");
  const three = await queue.waitForState("three", "completed");
  assertEquals([three.exit_code, three.attempts, three.last_error, outcomes(three)], [3, 1, null, [
    "completed",
  ]]);
  const zero = await queue.waitForState("zero", "dead");
  assertEquals([zero.exit_code, zero.last_error, outcomes(zero)], [0, "exit code 0", ["failed"]]);
  assertEquals((await queue.waitForState("argv", "completed")).exit_code, 3);
  assertEquals((await queue.waitForState("plain", "dead")).rules, null);
  assertStringIncludes(await queue.ok("show", "three"), "ok_codes 0,3");
});

Deno.test("dead_codes lead to the dead letter queue at once, which says so", async () => {
  await using queue = await TestQueue.create();
  const command = "echo 'no such table' >&2; exit 65";
  await queue.ok("enqueue", "--id", "j", "--dead-codes", "64,65", "--max-retries", "9", "--", command);
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.attempts, job.exit_code, outcomes(job)], [1, 65, ["failed"]]);
  assertEquals(job.reason, "exit code 65 is one of its dead_codes");
  const listed = await queue.ok("dlq", "list");
  assertStringIncludes(listed, "1/9");
  assertStringIncludes(listed, "exit code 65 is one of its dead_codes; exit code 65: no such table");
  await queue.ok("dlq", "retry", "j");
  assertEquals((await queue.waitForJob("j", "dead again", ({ runs }) => runs.length === 2)).attempts, 1);
});

Deno.test("snooze_codes let a job come back later, and charge nothing", async () => {
  await using queue = await TestQueue.create();
  const flags = ["--snooze-codes", "75,76", "--snooze", "100ms", "--max-retries", "1"];
  await queue.ok("enqueue", "--id", "j", ...flags, "--", exitsWith(queue, "j", [75, 76, 75, 0]));
  await queue.ok("enqueue", '{"id":"long","command":"echo busy >&2; exit 75","snooze_codes":[75]}');
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "completed");
  assertEquals([job.attempts, job.snoozes], [1, 3]);
  assertEquals(outcomes(job), ["snoozed", "snoozed", "snoozed", "completed"]);
  const starts = job.runs.map((run) => Date.parse(run.started_at));
  for (const [index, run] of job.runs.slice(0, -1).entries()) {
    assert(starts[index + 1]! - Date.parse(run.finished_at!) >= 100, "it came back too early");
  }
  const long = await queue.waitForJob("long", "snoozed", ({ runs }) => runs[0]?.outcome === "snoozed");
  assertEquals([long.state, long.attempts, long.snoozes, waitMs(long)], ["pending", 0, 1, 60_000]);
  assertEquals([long.exit_code, long.last_error], [75, "exit code 75: busy"]);
  assertMatch(await queue.ok("list", "--state", "pending"), /^long +pending +0\/3 /m);
  assertEquals(await queue.json("list", "--state", "failed"), []);
  const status = await queue.json<StatusShape>("status");
  assertEquals([status.pending, status.failed], [1, 0]);
  assertStringIncludes(await queue.ok("show", "long"), "snoozes    1 of 100");
});

Deno.test("when its snoozes are used up, its snooze_codes mean failure", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_BACKOFF_BASE: "0" });
  const flags = ["--snooze-codes", "75", "--snooze", "0", "--max-snoozes", "2", "--max-retries", "2"];
  await queue.ok("enqueue", "--id", "j", ...flags, "--", "exit 75");
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "dead");
  assertEquals(outcomes(job), ["snoozed", "snoozed", "failed", "failed"]);
  assertEquals([job.attempts, job.snoozes, job.reason], [2, 2, "failed 2 of 2 attempts"]);
  assertEquals(job.last_error, "exit code 75 (no snooze is left of 2)");
  await queue.ok("dlq", "retry", "j");
  const again = await queue.waitForJob(
    "j",
    "dead again",
    ({ state, runs }) => state === "dead" && runs.length === 8,
  );
  assertEquals(outcomes(again).slice(4), ["snoozed", "snoozed", "failed", "failed"]);
});

Deno.test("a job's own waits: shapes, a list whose last one repeats, and a longest one", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_BACKOFF_BASE: "900" });
  const cases: [id: string, flags: string[], waits: number][] = [
    ["settings", [], 900_000],
    ["exponential", ["--backoff-base", "3"], 3000],
    ["linear", ["--backoff", "linear", "--backoff-base", "1h"], hour],
    ["fixed", ["--backoff", "fixed"], 900_000],
    ["list", ["--backoff", "2h,5h"], 2 * hour],
    ["longest", ["--backoff", "5h", "--backoff-max", "90m"], 1.5 * hour],
  ];
  for (const [id, flags] of cases) await queue.ok("enqueue", "--id", id, ...flags, "--", "exit 1");
  await queue.ok("worker", "start");
  for (const [id, , wait] of cases) {
    const job = await queue.waitForJob(id, "failed", ({ runs }) => runs[0]?.outcome === "failed");
    assertEquals([job.state, waitMs(job)], ["pending", wait], id);
  }
  await queue.ok("enqueue", '{"id":"again","command":"exit 1","backoff":["0","7h"]}');
  const again = await queue.waitForJob("again", "failed twice", ({ attempts }) => attempts === 2);
  assertEquals(waitMs(again), 7 * hour);
});

Deno.test("jitter of a job strays within its share", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--backoff", "10h", "--backoff-jitter", "0.5", "--", "exit 1");
  await queue.ok("worker", "start");
  const job = await queue.waitForJob("j", "failed", ({ attempts }) => attempts === 1);
  assert(waitMs(job) >= 5 * hour && waitMs(job) <= 15 * hour && waitMs(job) !== 10 * hour, `${waitMs(job)}`);
});

Deno.test("after retry_until no attempt begins but the first one", async () => {
  await using queue = await TestQueue.create();
  const reason = "its next attempt would begin after its retry_until";
  await queue.ok("enqueue", "--id", "past", "--retry-until", "2020-01-01T00:00:00+01:00", "--", "exit 1");
  await queue.ok("enqueue", "--id", "fine", "--retry-until", "2020-01-01T00:00:00Z", "--", "exit 0");
  await queue.ok("worker", "start");
  const past = await queue.waitForState("past", "dead");
  assertEquals([past.attempts, outcomes(past), past.reason], [1, ["failed"], reason]);
  await queue.waitForState("fine", "completed");
  assertStringIncludes(await queue.ok("dlq", "list"), `${reason}; exit code 1`);
});

Deno.test("an attempt that nobody could make in time is not begun", async () => {
  await using queue = await TestQueue.create();
  const until = Date.now() + 10_000;
  const command = `echo x >>${queue.path("runs")}; exit 1`;
  const flags = [
    "--backoff",
    "100ms",
    "--backoff-max",
    "none",
    "--retry-until",
    new Date(until).toISOString(),
  ];
  await queue.ok("enqueue", "--id", "j", "--max-retries", "1000", ...flags, "--", command);
  await queue.ok("worker", "start");
  await queue.waitForJob("j", "failed", ({ attempts }) => attempts > 0);
  await queue.ok("worker", "stop", "--wait");
  const before = await queue.job("j");
  assertEquals(before.state, "pending", "the machine was too slow for this test");
  await waitFor("its retry_until to pass", () => Date.now() > until);
  await queue.ok("worker", "start");
  const job = await queue.waitForState("j", "dead");
  assertEquals([job.attempts, job.runs.length], [before.attempts, before.runs.length + 1]);
  const last = job.runs.at(-1)!;
  assertEquals([last.outcome, last.pid], ["handed_back", null]);
  assertEquals(last.error, "its retry_until had passed before it began");
  const lines = (await Deno.readTextFile(queue.path("runs"))).split("\n").length - 1;
  assertEquals(lines, job.attempts, "it ran once more");
});

Deno.test("who adopts a run settles it by the job's own rules", async () => {
  await using queue = await TestQueue.create();
  for (const [id, code] of [["ok", 3], ["late", 75], ["dead", 64]] as const) {
    const rules = ["--ok-codes", "3", "--snooze-codes", "75", "--snooze", "1h", "--dead-codes", "64"];
    await queue.ok("enqueue", "--id", id, ...rules, "--", `${waitingJob(queue, id)}; exit ${code}`);
  }
  await queue.ok("worker", "start", "--concurrency", "3");
  for (const id of ["ok", "late", "dead"]) await waitForRuns(queue, id, 1);
  const first = await holderOf(queue, "ok");
  await queue.ok("worker", "start", "--concurrency", "3");
  sigkill(first.pid);
  for (const id of ["ok", "late", "dead"]) {
    await queue.waitForJob(id, "adopted", ({ runs }) => runs[0]!.adopted);
    await letEnd(queue, id);
  }
  const settled = async (id: string) => {
    const job = await queue.waitForJob(id, "settled", ({ runs }) => runs[0]!.outcome !== null);
    assertEquals([job.runs.length, job.runs[0]!.adopted, job.runs[0]!.worker], [1, true, first.id]);
    return [job.state, job.attempts, job.snoozes, outcomes(job)[0]];
  };
  assertEquals(await settled("ok"), ["completed", 1, 0, "completed"]);
  assertEquals(await settled("late"), ["pending", 0, 1, "snoozed"]);
  assertEquals(await settled("dead"), ["dead", 1, 0, "failed"]);
});

Deno.test("what ends by its timeout has failed, whatever its codes are", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_JOB_TIMEOUT: "300ms" });
  const rules = ["--ok-codes", "0,143", "--dead-codes", "7", "--max-retries", "2", "--backoff", "1h"];
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    ...rules,
    "--",
    "trap 'exit 143' TERM; while :; do sleep 0.05; done",
  );
  await queue.ok("worker", "start");
  const job = await queue.waitForJob("j", "timed out", ({ attempts }) => attempts === 1);
  assertEquals([job.state, outcomes(job), waitMs(job)], ["pending", ["timeout"], hour]);
});

Deno.test("rules are printed in the words in which they are given", async () => {
  await using queue = await TestQueue.create();
  const rules = {
    ok_codes: [0, 3],
    dead_codes: [64, 65],
    snooze_codes: [75],
    snooze: "1m30s",
    max_snoozes: 5,
    backoff: "linear",
    backoff_base: 0.5,
    backoff_max: "none",
    backoff_jitter: 0.25,
    retry_until: "2030-01-01T00:00:00.000Z",
  };
  const flags = Object.entries(rules).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await queue.ok("enqueue", "--id", "flags", ...flags, "--", "true");
  await queue.ok("enqueue", JSON.stringify({ id: "json", command: "true", ...rules }));
  await queue.ok("enqueue", "--id", "list", "--backoff", "500ms,10s,2h", "--backoff-max", "0", "--", "true");
  assertEquals((await queue.job("flags")).rules, rules);
  assertEquals((await queue.job("json")).rules, rules);
  assertEquals((await queue.job("list")).rules, { backoff: "500ms,10s,2h", backoff_max: "0s" });
});

Deno.test("run takes rules too, and enqueue --wait goes on through a snooze", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const run = await queue.call(["run", "--id", "r", "--ok-codes", "3", "--", "exit 3"]);
  assertEquals([run.code, (await queue.job("r")).state], [3, "completed"], run.stderr);
  const flags = ["--wait", "--id", "w", "--snooze-codes", "75", "--snooze", "100ms"];
  const waited = await queue.call(["enqueue", ...flags, "--", exitsWith(queue, "w", [75, 0])]);
  assertEquals(waited.code, 0, waited.stderr);
  assertEquals(outcomes(await queue.job("w")), ["snoozed", "completed"]);
});
