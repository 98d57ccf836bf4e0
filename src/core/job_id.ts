/** Ids of jobs: what is accepted, and made-up ones that are short and sort by time. */

import type { Chance } from "./ports.ts";

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** Whether an id is accepted: 1 to 128 letters, digits, `.`, `_`, `:`, `-`, beginning with a letter or digit. */
export function isJobId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(text);
}

/**
 * Makes ids such as "01k9tq3x5rw4m": nine base-32 digits of UTC milliseconds, then a number that begins at random
 * and rises, so that the ids of one batch are distinct and sort in their order.
 */
export function newJobId(now: number, chance: Chance): () => string {
  const width = 5;
  const space = 32 ** width;
  let count = Math.floor(chance.fraction() * (space / 2));
  let ms = now;
  return () => {
    if (count >= space) {
      count = 0;
      ms++;
    }
    return base32(ms, 9) + base32(count++, width);
  };
}

function base32(value: number, width: number): string {
  let text = "";
  for (let rest = value, i = 0; i < width; i++, rest = Math.floor(rest / 32)) text = digits[rest % 32] + text;
  return text;
}
