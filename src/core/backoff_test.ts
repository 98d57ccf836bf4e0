import { assertEquals } from "@std/assert";
import { backoffMs, instantAfter, lastInstant } from "./backoff.ts";

const plain = { waits: "exponential", base: 2, maxMs: null, jitter: 0 } as const;

Deno.test("backoffMs is base ^ attempts seconds, exactly", () => {
  assertEquals([1, 2, 3, 10].map((n) => backoffMs(n, plain, 0.9)), [2000, 4000, 8000, 1_024_000]);
  assertEquals([1, 2, 3].map((n) => backoffMs(n, { ...plain, base: 1.5 }, 0)), [1500, 2250, 3375]);
  assertEquals(backoffMs(5, { ...plain, base: 0 }, 0), 0);
  assertEquals(backoffMs(5, { ...plain, base: 1 }, 0), 1000);
});

Deno.test("the other shapes: linear, fixed, and a list whose last wait repeats", () => {
  const cases = [
    ["linear", 30, [30_000, 60_000, 90_000, 300_000]],
    ["linear", 0.25, [250, 500, 750, 2500]],
    ["fixed", 30, [30_000, 30_000, 30_000, 30_000]],
    ["fixed", 0, [0, 0, 0, 0]],
    [[1000, 10_000, 300_000], 2, [1000, 10_000, 300_000, 300_000]],
    [[0], 2, [0, 0, 0, 0]],
  ] as const;
  for (const [waits, base, wanted] of cases) {
    assertEquals([1, 2, 3, 10].map((n) => backoffMs(n, { ...plain, waits, base }, 0)), [...wanted]);
  }
  assertEquals(backoffMs(2, { ...plain, waits: [1000, 10_000], maxMs: 4000 }, 0), 4000);
  assertEquals(backoffMs(1, { ...plain, waits: [1000], jitter: 0.5 }, 0), 500);
});

Deno.test("backoffMs is capped, and never beyond a valid date", () => {
  assertEquals(backoffMs(10, { ...plain, maxMs: 60_000 }, 0), 60_000);
  assertEquals(backoffMs(1000, { ...plain, base: 1000 }, 0), lastInstant);
  assertEquals(instantAfter(1_800_000_000_000, lastInstant), lastInstant);
});

Deno.test("jitter strays to either side by its share, and the cap holds", () => {
  const rule = { ...plain, maxMs: 4500, jitter: 0.5 };
  assertEquals(backoffMs(2, rule, 0), 2000);
  assertEquals(backoffMs(2, rule, 0.5), 4000);
  assertEquals(backoffMs(2, rule, 0.999999), 4500);
});
