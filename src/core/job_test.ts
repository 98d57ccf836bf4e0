import { assert, assertEquals } from "@std/assert";
import { lastInstant } from "./backoff.ts";
import { isFinal, jobStates, quoteWords, sortAt, strictPriorityStepMs } from "./job.ts";
import { isJobId, newJobId } from "./job_id.ts";

const at = (runAt: number, priority: number, priorityStepMs = strictPriorityStepMs) =>
  sortAt(runAt, { priority, priorityStepMs });

Deno.test("sortAt puts every higher priority first, and stays exact for every date", () => {
  assert(at(Date.UTC(2030, 0, 1), 1) < at(Date.UTC(2026, 0, 1), 0));
  assert(at(1, 0) < at(2, 0));
  for (const priority of [-1000, 1000]) {
    for (const runAt of [0, lastInstant]) assert(Number.isSafeInteger(at(runAt, priority)));
  }
});

Deno.test("final states are final", () => {
  assertEquals(jobStates.filter(isFinal), ["completed", "dead", "cancelled"]);
});

Deno.test("quoteWords keeps each word one word", () => {
  assertEquals(
    quoteWords(["echo", "a b", "it's", "", "$HOME", "x=1"]),
    `echo 'a b' 'it'\\''s' '' '$HOME' x=1`,
  );
});

Deno.test("ids are letters, digits and a few marks, and cannot be paths or flags", () => {
  for (const id of ["a", "job1", "A.b_c:d-e", "0", "x".repeat(128)]) assert(isJobId(id), id);
  for (const id of ["", "-a", ".a", "a b", "a/b", "../x", "ü", "x".repeat(129), "a\n"]) {
    assert(!isJobId(id), id);
  }
});

Deno.test("made-up ids are short, distinct and sort in their order", () => {
  const chance = { fraction: () => 0.9999, token: () => "" };
  const next = newJobId(1_795_000_000_000, chance);
  const ids = Array.from({ length: 50_000 }, next);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(ids.toSorted(), ids);
  assert(ids.every((id) => isJobId(id) && id.length === 14));
  const late = newJobId(1_795_000_000_000, { fraction: () => 0, token: () => "" });
  const all = 32 ** 5;
  for (let i = 0; i < 3; i++) late();
  assert(late() < newJobId(1_795_000_000_001, chance)());
  assert(all > 1_000_000);
});
