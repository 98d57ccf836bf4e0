/** What a job reads from its standard input. */

/** How much of it the store keeps, in bytes; more is kept in a file of the home. */
export const mostStoredBytes = 1_000_000;

/** As it is given. */
export interface GivenInput {
  /** All of it, or its beginning. */
  readonly head: Uint8Array;
  /** What follows, to be read once; null where the head is all. */
  readonly rest: AsyncIterable<Uint8Array> | null;
}

/** As the store keeps it: with the job, or as the name of a file in the home that accepted it. */
export type StoredInput =
  | { readonly content: Uint8Array }
  | { readonly file: string; readonly bytes: number };

export function isLarge({ head, rest }: GivenInput): boolean {
  return rest !== null || head.length > mostStoredBytes;
}

export function bytesOf(input: StoredInput): number {
  return "file" in input ? input.bytes : input.content.length;
}

/** All of it, part by part; each is good until the next one is asked for. */
export async function* partsOf({ head, rest }: GivenInput): AsyncGenerator<Uint8Array> {
  yield head;
  if (rest !== null) yield* rest;
}
