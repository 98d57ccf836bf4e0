import { assert, assertEquals, assertThrows } from "@std/assert";
import { type JobRules, jobStates } from "./job.ts";
import { type Outcome, outcomes } from "./run.ts";
import {
  afterCancelledRun,
  afterRun,
  allowedMoves,
  assertMove,
  crashBudget,
  type JobProgress,
} from "./transitions.ts";

const backoff = { waits: "exponential", base: 2, maxMs: null, jitter: 0 } as const;
const at = { now: 1_000_000, backoff, chance: 0.5 };
const fresh: JobProgress = { attempts: 0, crashes: 0, snoozes: 0, maxRetries: 3, rules: null };

function after(job: JobProgress, outcome: Outcome, exitCode: number | null = 1) {
  return afterRun(job, { outcome, exitCode }, at);
}

Deno.test("every outcome leads where the table of moves allows", () => {
  for (const outcome of outcomes) {
    for (let attempts = 0; attempts < 4; attempts++) {
      for (let crashes = 0; crashes < crashBudget; crashes++) {
        const next = after({ ...fresh, attempts, crashes }, outcome);
        assert(allowedMoves.processing.includes(next.state), `${outcome} leads to ${next.state}`);
        assertEquals(next.runAt === null, next.state !== "pending");
        assertEquals(next.reason !== null, next.state === "dead" || next.state === "cancelled");
        const cancelled = afterCancelledRun(next);
        assertEquals(cancelled.state, next.state === "completed" ? "completed" : "cancelled");
        assertEquals(cancelled.attempts, next.attempts);
      }
    }
  }
});

Deno.test("only known states are in the table, and final ones are left only to wait again", () => {
  assertEquals(Object.keys(allowedMoves).toSorted(), [...jobStates].toSorted());
  for (const state of ["completed", "dead"] as const) assertEquals(allowedMoves[state], ["pending"]);
  assertEquals(allowedMoves.cancelled, ["pending", "blocked"]);
});

Deno.test("failures are charged and wait, up to the last one", () => {
  assertEquals(after(fresh, "failed"), {
    state: "pending",
    attempts: 1,
    crashes: 0,
    snoozes: 0,
    runAt: 1_002_000,
    reason: null,
  });
  assertEquals(after({ ...fresh, attempts: 1 }, "timeout").runAt, 1_004_000);
  const last = after({ ...fresh, attempts: 2 }, "failed");
  assertEquals([last.state, last.attempts, last.reason], ["dead", 3, "failed 3 of 3 attempts"]);
});

Deno.test("max_retries 0 and 1 both mean a single attempt", () => {
  for (const maxRetries of [0, 1]) {
    assertEquals(after({ ...fresh, maxRetries }, "failed").state, "dead");
    assertEquals(after({ ...fresh, maxRetries }, "completed").state, "completed");
  }
});

Deno.test("a crash spends its own budget, a settled run resets it, a hand-back touches nothing", () => {
  const crashed = after({ ...fresh, attempts: 1 }, "crashed");
  assertEquals([crashed.state, crashed.attempts, crashed.crashes, crashed.runAt], ["pending", 1, 1, at.now]);
  assertEquals(after({ ...fresh, crashes: 2 }, "crashed").state, "dead");
  assertEquals(after({ ...fresh, crashes: 2 }, "failed").crashes, 0);
  const handedBack = after({ ...fresh, attempts: 1, crashes: 2 }, "handed_back");
  assertEquals([handedBack.attempts, handedBack.crashes, handedBack.runAt], [1, 2, at.now]);
});

Deno.test("a snooze charges nothing, is counted, and forgives crashes", () => {
  assertEquals(after({ ...fresh, attempts: 1, crashes: 2, snoozes: 4 }, "snoozed", 75), {
    state: "pending",
    attempts: 1,
    crashes: 0,
    snoozes: 5,
    runAt: at.now + 60_000,
    reason: null,
  });
  const rules = { snoozeCodes: [75], snoozeMs: 5000 };
  assertEquals(after({ ...fresh, rules }, "snoozed", 75).runAt, at.now + 5000);
  for (const outcome of ["completed", "failed", "crashed", "handed_back"] as const) {
    assertEquals(after({ ...fresh, snoozes: 4 }, outcome).snoozes, 4, outcome);
  }
});

Deno.test("an exit code that is one of its dead_codes is the end, whatever attempts are left", () => {
  const job = { ...fresh, rules: { deadCodes: [64, 65] } };
  const next = after(job, "failed", 65);
  assertEquals([next.state, next.attempts, next.reason], [
    "dead",
    1,
    "exit code 65 is one of its dead_codes",
  ]);
  assertEquals(after(job, "failed", 66).state, "pending");
  assertEquals(after(job, "failed", null).state, "pending");
  assertEquals(after(job, "timeout", 64).state, "pending", "the code of a run that was ended says nothing");
  assertEquals(
    after({ ...job, maxRetries: 1 }, "failed", 64).reason,
    "exit code 64 is one of its dead_codes",
  );
});

Deno.test("a job's own backoff goes before the settings'", () => {
  const dueIn = (rules: JobRules, attempts: number) =>
    after({ ...fresh, rules, attempts, maxRetries: 9 }, "failed").runAt! - at.now;
  assertEquals([0, 1, 2].map((n) => dueIn({ waits: [1000, 9000] }, n)), [1000, 9000, 9000]);
  assertEquals([0, 1, 2].map((n) => dueIn({ waits: "linear", backoffBase: 0.5 }, n)), [500, 1000, 1500]);
  assertEquals([0, 1, 2].map((n) => dueIn({ backoffMaxMs: 3000 }, n)), [2000, 3000, 3000]);
  assertEquals([0, 1, 2].map((n) => dueIn({ okCodes: [3] }, n)), [2000, 4000, 8000]);
});

Deno.test("after retry_until no attempt begins but the first one", () => {
  const until = (retryUntil: number): JobProgress => ({ ...fresh, rules: { retryUntil } });
  const cases: [JobProgress, Outcome, "pending" | "dead" | "completed"][] = [
    [until(at.now + 2000), "failed", "pending"],
    [until(at.now + 1999), "failed", "dead"],
    [until(at.now + 1999), "timeout", "dead"],
    [until(at.now + 60_000), "snoozed", "pending"],
    [until(at.now + 59_999), "snoozed", "dead"],
    [until(at.now), "crashed", "pending"],
    [until(at.now - 1), "crashed", "dead"],
    [until(at.now - 1), "completed", "completed"],
    // Its first attempt has yet to be made.
    [until(at.now - 1), "handed_back", "pending"],
    [{ ...until(at.now - 1), attempts: 1 }, "handed_back", "dead"],
    [{ ...until(at.now - 1), snoozes: 1 }, "handed_back", "dead"],
  ];
  for (const [job, outcome, state] of cases) {
    const next = after(job, outcome);
    assertEquals(
      [next.state, next.runAt === null],
      [state, state !== "pending"],
      JSON.stringify([job, outcome]),
    );
    const reason = state === "dead" ? "its next attempt would begin after its retry_until" : null;
    assertEquals(next.reason, reason);
  }
  assertEquals(after(until(at.now), "failed").attempts, 1);
  const last = after({ ...until(0), maxRetries: 1 }, "failed");
  assertEquals(last.reason, "failed 1 of 1 attempts");
});

Deno.test("a move that the table does not have is a mistake", () => {
  assertMove("pending", "processing");
  assertThrows(() => assertMove("completed", "dead"), RangeError, "a completed job cannot become dead");
});
