/** Finds what someone probably meant: the nearest known word to a mistyped one. */

/** The known word nearest to `word`, or undefined where none is near enough to be worth naming. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 0.5;
  for (const candidate of known) {
    const distance = candidate.startsWith(wanted) && wanted.length > 1
      ? 0.5
      : editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance && distance < Math.max(wanted.length, 2)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

export interface MeantOptions {
  /** Goes before the word that was found. */
  readonly prefix?: string;
  /** What other tools call the same. */
  readonly otherNames?: ReadonlyMap<string, string>;
}

/** The hint `Did you mean "x"?`, or undefined where nothing is near. */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  options: MeantOptions = {},
): string | undefined {
  const { prefix = "", otherNames } = options;
  const found = otherNames?.get(word) ?? nearest(word, known);
  return found === undefined ? undefined : `Did you mean "${prefix}${found}"?`;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
