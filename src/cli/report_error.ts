/** The one place where errors become text and exit codes. */

import { type ErrorKind, messageOf, QueueError } from "../core/errors.ts";
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
  ["124", "wait, queue drain, worker stop: the time was up"],
  ["125", "wait, run: the job was cancelled"],
  ["130, 143", "ended by Ctrl-C or SIGTERM before it was done"],
];

/** Says what went wrong on stderr; returns the exit code. */
export function reportError(error: unknown, stderr: Output): number {
  // Whoever read our output has seen enough: `queuectl list | head -1` is a success.
  if (error instanceof ClosedPipe) return 0;
  const known = error instanceof QueueError ? error : unexpected(error);
  const hint = known.hint === undefined ? "" : `\n  ${paint(stderr, "dim", known.hint)}`;
  try {
    stderr.write(`${paint(stderr, "red", "queuectl:")} ${known.message}${hint}\n`);
  } catch (closed) {
    if (!(closed instanceof ClosedPipe)) throw closed;
  }
  return exitCodes[known.kind];
}

/** What the system refused somewhere, or a mistake of ours: users see the message, whoever mends it wants the stack. */
function unexpected(error: unknown): QueueError {
  const isOurs = !(error instanceof Error) ||
    ["TypeError", "RangeError", "ReferenceError"].includes(error.name);
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return new QueueError("failed", `Cannot go on: ${messageOf(error)}${isOurs ? `\n${stack}` : ""}`, {
    hint: isOurs ? "This is a mistake in queuectl; please report it with the lines above" : undefined,
  });
}
