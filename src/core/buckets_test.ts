import { assert, assertEquals } from "@std/assert";
import { bucketBounds, bucketOf, quantiles } from "./buckets.ts";

function counted(lengths: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const ms of lengths) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
  return counts;
}

Deno.test("bounds rise, and a bound belongs to its own bucket", () => {
  for (const [index, bound] of bucketBounds.entries()) {
    assert(index === 0 || bucketBounds[index - 1]! < bound);
    assertEquals(bucketOf(bound), index);
    assertEquals(bucketOf(bound + 1), index + 1);
  }
  assertEquals(bucketOf(0), 0);
  assertEquals([1, 10, 100, 250, 500, 1000, 60_000].filter((ms) => !bucketBounds.includes(ms)), [60_000]);
});

Deno.test("a percentile is off by less than 12 parts in a hundred", () => {
  // Of a fixed sequence that looks like chance, over six powers of ten.
  let seed = 7;
  const lengths = Array.from({ length: 5000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.round(10 ** (1 + 5 * seed / 2 ** 31));
  });
  const sorted = lengths.toSorted((one, other) => one - other);
  for (const share of [0.01, 0.5, 0.9, 0.95, 0.99]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
    const found = quantiles(counted(lengths), [share])[0]!;
    assert(Math.abs(found - exact) / exact < 0.12, `${share}: ${found} for ${exact}`);
  }
});

Deno.test("several percentiles are the same together as each alone", () => {
  const counts = counted([5, 5, 5, 200, 200, 3000, 40_000]);
  const shares = [0, 0.1, 0.43, 0.5, 0.72, 0.95, 1];
  assertEquals(quantiles(counts, shares), shares.map((share) => quantiles(counts, [share])[0]!));
});

Deno.test("of nothing there is no percentile, and what is too long for the buckets is the longest bound", () => {
  assertEquals(quantiles(new Map(), [0.5, 0.9]), [null, null]);
  assertEquals(quantiles(counted([10 ** 12]), [0.99]), [10 ** 9]);
  assertEquals(quantiles(counted([1000]), [1]), [1000]);
});
