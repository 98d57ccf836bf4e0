/** The one place where errors become text and exit codes. */

import { type ErrorKind, QueueError } from "../core/errors.ts";
import { ClosedPipe, type Output } from "./world.ts";
import { paint } from "./paint.ts";

export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  failed: 1,
  usage: 2,
  not_found: 3,
  refused: 3,
  unavailable: 4,
};

/** What each exit code means, for the reference. */
export const exitCodeHelp: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done"],
  ["1", "failed"],
  ["2", "wrong usage: nothing was opened or changed"],
  ["3", "not found, or refused because of the job's state"],
  ["4", "the store is not available: locked, full, broken, newer, or not ours"],
  ["130, 143", "ended by Ctrl-C or SIGTERM before it was done"],
];

/** Says what went wrong on stderr; returns the exit code. A programmer's mistake is thrown on, with its stack. */
export function reportError(error: unknown, stderr: Output): number {
  // Whoever read our output has seen enough: `queuectl list | head -1` is a success.
  if (error instanceof ClosedPipe) return 0;
  if (!(error instanceof QueueError)) throw error;
  const hint = error.hint === undefined ? "" : `\n  ${paint(stderr, "dim", error.hint)}`;
  try {
    stderr.write(`${paint(stderr, "red", "queuectl:")} ${error.message}${hint}\n`);
  } catch (closed) {
    if (!(closed instanceof ClosedPipe)) throw closed;
  }
  return exitCodes[error.kind];
}
