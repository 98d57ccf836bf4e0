/** The keys from one to another, both of them, whichever comes first; only the other where the one is not there. */
export function keysBetween(keys: readonly string[], one: string | null, other: string): readonly string[] {
  const from = one === null ? -1 : keys.indexOf(one);
  const to = keys.indexOf(other);
  return from === -1 ? [other] : keys.slice(Math.min(from, to), Math.max(from, to) + 1);
}
