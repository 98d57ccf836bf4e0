/**
 * Lengths of time counted in buckets: ten for each power of ten, so that a percentile that is read from the counts is
 * off by a few parts in a hundred, and the counts of any two spans add up.
 */

const steps = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8];
const largestPower = 9;

/**
 * The upper bound of each bucket in whole milliseconds, which belongs to it: 1 ms up to 11.6 days. What is longer goes
 * into one more bucket. Those below 10 ms that would be one and the same are left out.
 */
export const bucketBounds: readonly number[] = [
  ...new Set(
    Array.from({ length: largestPower }, (_, power) => steps.map((step) => Math.round(step * 10 ** power)))
      .flat(),
  ),
  10 ** largestPower,
];

/** The bucket of a length in milliseconds. */
export function bucketOf(ms: number): number {
  let [low, high] = [0, bucketBounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bucketBounds[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many lengths fell into each bucket; what is not there is 0. */
export type BucketCounts = ReadonlyMap<number, number>;

/** The lengths that these shares (0 to 1, rising) of all do not exceed, in milliseconds; null where there are none. */
export function quantiles(counts: BucketCounts, shares: readonly number[]): (number | null)[] {
  const sorted = [...counts].filter(([, count]) => count > 0).sort(([one], [other]) => one - other);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return shares.map(() => null);
  let [index, before] = [0, 0];
  return shares.map((share) => {
    const wanted = share * total;
    // The last one holds whatever rounding leaves.
    while (index < sorted.length - 1 && before + sorted[index]![1] < wanted) before += sorted[index++]![1];
    const [bucket, count] = sorted[index]!;
    return within(bucket, (wanted - before) / count);
  });
}

/** As if the lengths of a bucket lay evenly in it. */
function within(bucket: number, share: number): number {
  const above = bucketBounds.at(-1)!;
  if (bucket >= bucketBounds.length) return above;
  const low = bucket === 0 ? 0 : bucketBounds[bucket - 1]!;
  return low + (bucketBounds[bucket]! - low) * Math.min(Math.max(share, 0), 1);
}
