import type { Chance, Clock } from "../core/ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Crockford's base 32: no letters that look like digits, and no vowel I, L, O, U. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

export const systemChance: Chance = {
  fraction: () => Math.random(),
  token: (length) =>
    Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte & 31]).join(""),
};
