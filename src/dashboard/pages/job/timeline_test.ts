import { assertEquals } from "@std/assert";
import type { ShownJob } from "../../api/types.ts";
import { type Run, timelineOf } from "./timeline.ts";

function aJob(also: Partial<ShownJob>): ShownJob {
  const at = "2026-11-28T10:00:00.000Z";
  return {
    id: "a",
    arrival: 1,
    command: "true",
    argv: null,
    state: "pending",
    reason: null,
    attempts: 0,
    max_retries: 3,
    rules: null,
    snoozes: 0,
    priority: 0,
    queue: "default",
    cwd: "/",
    env: {},
    stdin_bytes: null,
    webhook: null,
    label: null,
    meta: {},
    needs: [],
    key: null,
    slots: 1,
    resources: {},
    unique: null,
    open_parents: 0,
    hook_of: null,
    timeout: null,
    kill_after: null,
    run_at: at,
    expires_at: null,
    created_at: at,
    updated_at: at,
    started_at: null,
    finished_at: null,
    exit_code: null,
    last_error: null,
    progress: null,
    runs: [],
    waits_for: [],
    ...also,
  };
}

/** One that goes on, unless `also` says how it ended. */
function aRun(number: number, startedAt: string, also: Partial<Run> = {}): Run {
  const { duration_ms: ms = null } = also;
  return {
    number,
    worker: "w1",
    host: "here",
    adopted: false,
    adopted_by: null,
    pid: 7,
    started_at: startedAt,
    finished_at: ms === null ? null : new Date(Date.parse(startedAt) + ms).toISOString(),
    duration_ms: ms,
    outcome: null,
    exit_code: null,
    signal: null,
    error: null,
    progress: null,
    stdout_bytes: 0,
    stderr_bytes: 0,
    stdout_tail: "",
    stderr_tail: "",
    ...also,
  };
}

const titles = (job: ShownJob) => timelineOf(job).map(({ title }) => title);

Deno.test("a job that failed twice tells its waits, its runs and what comes next", () => {
  const steps = timelineOf(aJob({
    state: "pending",
    attempts: 2,
    max_retries: 4,
    run_at: "2026-11-28T10:01:00.000Z",
    runs: [
      aRun(1, "2026-11-28T10:00:00.200Z", {
        outcome: "failed",
        duration_ms: 1500,
        exit_code: 3,
        error: "exit code 3",
      }),
      aRun(2, "2026-11-28T10:00:13.700Z", {
        outcome: "timeout",
        duration_ms: 30_000,
        error: "timed out after 30s",
      }),
    ],
  }));
  assertEquals(steps.map(({ title }) => title), [
    "Enqueued",
    "Run 1 failed after 1.5 s",
    "Waited 12 s",
    "Run 2 took too long and was ended after 30 s",
    "Attempt 3 of 4",
    "If that fails: 1 more attempt",
  ]);
  assertEquals(steps[1]!.details, ["exit code 3", "worker w1 on here"]);
  assertEquals([steps[1]!.run, steps[4]!.at, steps[4]!.state], [1, "2026-11-28T10:01:00.000Z", "failed"]);
});

Deno.test("a run that goes on, was taken over, or ended by a signal says so", () => {
  const steps = timelineOf(aJob({
    state: "processing",
    attempts: 2,
    max_retries: 3,
    runs: [
      aRun(1, "2026-11-28T10:00:00.000Z", {
        outcome: "failed",
        duration_ms: 10,
        signal: "SIGKILL",
        exit_code: 137,
      }),
      aRun(2, "2026-11-28T10:00:00.500Z", { adopted: true, adopted_by: "w2" }),
    ],
  }));
  assertEquals(steps[1]!.details[0], "ended by SIGKILL");
  assertEquals([steps[2]!.title, steps[2]!.details], ["Run 2 goes on", [
    "worker w1 on here",
    "taken over by w2",
  ]]);
  assertEquals(steps[3]!.title, "If it fails: the job is dead");
});

Deno.test("the end is told with its reason, and a good one by its run alone", () => {
  const ended = [
    aRun(1, "2026-11-28T10:00:00.000Z", { outcome: "completed", duration_ms: 2000, exit_code: 0 }),
  ];
  assertEquals(titles(aJob({ state: "completed", runs: ended })), [
    "Enqueued",
    "Run 1 ended well after 2.0 s",
  ]);
  const dead = timelineOf(aJob({ state: "dead", attempts: 1, reason: "exit code 9 means death" }));
  assertEquals([dead.at(-1)!.title, dead.at(-1)!.details], ["Dead after 1 attempt", [
    "exit code 9 means death",
  ]]);
  assertEquals(titles(aJob({ state: "cancelled", reason: "expired" })).at(-1), "Cancelled");
  assertEquals(timelineOf(aJob({ state: "blocked", open_parents: 2 })).at(-1)!.details, [
    "2 of them have not ended",
  ]);
  assertEquals(titles(aJob({ state: "pending", max_retries: 0 })), [
    "Enqueued",
    "Attempt 1 of 1",
    "If that fails: the job is dead",
  ]);
});
