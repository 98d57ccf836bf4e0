/** Reads the drivers' errors once, and says them in our words. */

import { messageOf, QueueError, type StoreProblem, StoreUnavailable } from "../../core/errors.ts";

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something to us. */
const problems: Readonly<
  Record<number, { readonly problem: StoreProblem; readonly found: string; readonly hint: string }>
> = {
  3: { problem: "no_access", found: "access is denied", hint: "Check the owner and mode of the home folder" },
  5: { problem: "busy", found: "another process holds its lock", hint: "Try again in a moment" },
  6: { problem: "busy", found: "another process holds its lock", hint: "Try again in a moment" },
  8: {
    problem: "read_only",
    found: "it is read-only",
    hint: "Check the mode of the home folder and its disk",
  },
  10: {
    problem: "io",
    found: "the disk reports an error",
    hint: "Check the disk of the home folder: it may be full or failing",
  },
  11: {
    problem: "corrupt",
    found: "the file is damaged",
    hint: "Keep a copy, then restore a backup or choose another home (--home)",
  },
  7: { problem: "io", found: "there is not enough memory", hint: "Make room in memory, then try again" },
  13: {
    problem: "full",
    found: "the disk is full",
    hint: "Make room on the disk of the home folder, then try again",
  },
  14: {
    problem: "no_access",
    found: "it cannot be opened",
    hint: "Check the owner and mode of the home folder, and whether its disk is read-only",
  },
  15: {
    problem: "busy",
    found: "its log is in use in a way that needs another try",
    hint: "Try again in a moment",
  },
  26: {
    problem: "not_a_store",
    found: "the file is not a queuectl store",
    hint: "Move that file away, or choose another home (--home)",
  },
};

/** The messages under which the codes arrive where a driver gives no number (node:sqlite's exec and open). */
const messages: readonly (readonly [RegExp, number])[] = [
  [/database( table| schema)? is locked/i, 5],
  [/readonly database/i, 8],
  [/disk I\/O error/i, 10],
  [/malformed/i, 11],
  [/disk is full/i, 13],
  [/unable to open database/i, 14],
  [/not a database/i, 26],
  [/permission denied/i, 3],
];

/** SQLite's primary result code of a driver's error, or undefined where it is something else. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || error instanceof QueueError) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  const leading = /^(\d+):/.exec(error.message);
  if (leading !== null) return Number(leading[1]) & 0xff;
  return messages.find(([pattern]) => pattern.test(error.message))?.[1];
}

export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 5 || code === 6;
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && /UNIQUE constraint failed/.test(error.message);
}

/** Where an error happened: the path of the store's file, and whether its disk has no room left. */
export interface ErrorPlace {
  readonly location: string;
  readonly isDiskFull: () => boolean;
}

/** The error to throw for whatever a driver threw: a `StoreUnavailable`, or the same where it is none of SQLite's. */
export function translated(error: unknown, { location, isDiskFull }: ErrorPlace): unknown {
  const code = sqliteCode(error);
  // A full disk is told as an I/O error where it is the shared memory file that cannot grow.
  const known = problems[code === 10 && isDiskFull() ? 13 : code ?? -1];
  if (known === undefined) return error;
  return new StoreUnavailable(known.problem, `Cannot use ${location}: ${known.found} (${messageOf(error)})`, {
    hint: known.hint,
    cause: error,
  });
}
