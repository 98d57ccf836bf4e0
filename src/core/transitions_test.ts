import { assert, assertEquals, assertThrows } from "@std/assert";
import { jobStates } from "./job.ts";
import { outcomes } from "./run.ts";
import { afterCancelledRun, afterRun, allowedMoves, assertMove, crashBudget } from "./transitions.ts";

const at = { now: 1_000_000, backoff: { base: 2, maxMs: null, jitter: 0 }, chance: 0.5 };
const fresh = { attempts: 0, crashes: 0, maxRetries: 3 };

Deno.test("every outcome leads where the table of moves allows", () => {
  for (const outcome of outcomes) {
    for (let attempts = 0; attempts < 4; attempts++) {
      for (let crashes = 0; crashes < crashBudget; crashes++) {
        const next = afterRun({ attempts, crashes, maxRetries: 3 }, outcome, at);
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

Deno.test("only known states are in the table, and final ones are left only for pending", () => {
  assertEquals(Object.keys(allowedMoves).toSorted(), [...jobStates].toSorted());
  for (const state of ["completed", "dead", "cancelled"] as const) {
    assertEquals(allowedMoves[state], ["pending"]);
  }
});

Deno.test("failures are charged and wait, up to the last one", () => {
  assertEquals(afterRun(fresh, "failed", at), {
    state: "pending",
    attempts: 1,
    crashes: 0,
    runAt: 1_002_000,
    reason: null,
  });
  assertEquals(afterRun({ ...fresh, attempts: 1 }, "timeout", at).runAt, 1_004_000);
  const last = afterRun({ ...fresh, attempts: 2 }, "failed", at);
  assertEquals([last.state, last.attempts, last.reason], ["dead", 3, "failed 3 of 3 attempts"]);
});

Deno.test("max_retries 0 and 1 both mean a single attempt", () => {
  for (const maxRetries of [0, 1]) {
    assertEquals(afterRun({ ...fresh, maxRetries }, "failed", at).state, "dead");
    assertEquals(afterRun({ ...fresh, maxRetries }, "completed", at).state, "completed");
  }
});

Deno.test("a crash spends its own budget, a settled run resets it, a hand-back touches nothing", () => {
  const crashed = afterRun({ ...fresh, attempts: 1 }, "crashed", at);
  assertEquals([crashed.state, crashed.attempts, crashed.crashes, crashed.runAt], ["pending", 1, 1, at.now]);
  assertEquals(afterRun({ ...fresh, crashes: 2 }, "crashed", at).state, "dead");
  assertEquals(afterRun({ ...fresh, crashes: 2 }, "failed", at).crashes, 0);
  const handedBack = afterRun({ ...fresh, attempts: 1, crashes: 2 }, "handed_back", at);
  assertEquals([handedBack.attempts, handedBack.crashes, handedBack.runAt], [1, 2, at.now]);
});

Deno.test("a move that the table does not have is a mistake", () => {
  assertMove("pending", "processing");
  assertThrows(() => assertMove("completed", "dead"), RangeError, "a completed job cannot become dead");
});
