import { assertEquals } from "@std/assert";
import { backoffOf, comesTooLate, outcomeOfExit } from "./job_rules.ts";

Deno.test("what an exit code means is for the job to say", () => {
  const rules = { okCodes: [0, 3], deadCodes: [64], snoozeCodes: [75, 76], maxSnoozes: 2 };
  const cases = [
    [0, null, 0, "completed"],
    [3, null, 0, "failed"],
    [75, null, 0, "failed"],
    [0, rules, 0, "completed"],
    [3, rules, 0, "completed"],
    [1, rules, 0, "failed"],
    [64, rules, 0, "failed"],
    [75, rules, 0, "snoozed"],
    [76, rules, 1, "snoozed"],
    [75, rules, 2, "failed"],
    [0, { okCodes: [3] }, 0, "failed"],
    [3, { okCodes: [3] }, 0, "completed"],
    [0, { okCodes: [3], snoozeCodes: [0] }, 0, "snoozed"],
    [75, { snoozeCodes: [75] }, 99, "snoozed"],
    [75, { snoozeCodes: [75] }, 100, "failed"],
    [75, { snoozeCodes: [75], maxSnoozes: 0 }, 0, "failed"],
  ] as const;
  for (const [code, given, snoozes, outcome] of cases) {
    assertEquals(outcomeOfExit(code, { rules: given, snoozes }), outcome, `${code} ${JSON.stringify(given)}`);
  }
});

Deno.test("backoff: each part is the job's own, or else the settings'", () => {
  const settings = { waits: "exponential", base: 2, maxMs: 9000, jitter: 0.1 } as const;
  assertEquals(backoffOf(null, settings), settings);
  assertEquals(backoffOf({ okCodes: [0] }, settings), settings);
  assertEquals(backoffOf({ waits: "fixed" }, settings), { ...settings, waits: "fixed" });
  assertEquals(backoffOf({ waits: [5], backoffMaxMs: null, backoffJitter: 0 }, settings), {
    waits: [5],
    base: 2,
    maxMs: null,
    jitter: 0,
  });
  assertEquals(backoffOf({ backoffBase: 0, backoffMaxMs: 0 }, settings), { ...settings, base: 0, maxMs: 0 });
});

Deno.test("only a further attempt can come too late", () => {
  const job = { rules: { retryUntil: 1000 }, attempts: 1, crashes: 0, snoozes: 0 };
  assertEquals([1000, 1001].map((at) => comesTooLate(job, at)), [false, true]);
  assertEquals(comesTooLate({ ...job, attempts: 0 }, 1001), false);
  assertEquals(comesTooLate({ ...job, attempts: 0, snoozes: 1 }, 1001), true);
  assertEquals(comesTooLate({ ...job, attempts: 0, crashes: 1 }, 1001), true);
  assertEquals(comesTooLate({ ...job, rules: {} }, 1001), false);
  assertEquals(comesTooLate({ ...job, rules: null }, 1001), false);
});
