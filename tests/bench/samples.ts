/** Figures out of samples. A machine is never quiet, so what is compared takes turns, and medians are taken. */

/** The value below which a share (0 to 1) of the samples lies, interpolated. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** The median of the ratios of samples that were taken in the same round. */
export function medianRatio(samples: readonly number[], others: readonly number[]): number {
  return median(samples.map((sample, round) => sample / others[round]!));
}

export function sum(samples: readonly number[]): number {
  return samples.reduce((total, sample) => total + sample, 0);
}

/** How each of several things is measured once. */
export type Measures<Name extends string> = Readonly<Record<Name, () => Promise<number>>>;

/**
 * Measures all in turn, round by round; turned around every other time, so that nobody always runs behind the same
 * neighbour.
 */
export async function interleave<Name extends string>(
  measures: Measures<Name>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measures) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      samples[name].push(await measures[name]());
    }
  }
  return samples;
}
