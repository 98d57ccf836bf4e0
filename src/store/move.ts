/**
 * A move of all jobs to another store, as each of the two keeps it. It goes on after a kill at any instant, since
 * each step is one transaction in one store, and only from the state that it expects there:
 *
 *     source   (none) ─▶ copying ────────────────────▶ switching ───────────▶ moved
 *     target   (none) ─▶ filling: rows come ─ verified ─┄┄┄┄┄┄┄┄┄┄─▶ (none) ┄┄┄┘
 *
 * A store with a mark accepts no jobs, workers or retries. So the two never accept at the same time: the target opens
 * only while the source is `switching`, and no way leads from there back to a source that accepts, except through a
 * target that was closed for good (`clearing`) first. To give up: source `giving_up`, target `clearing`, then neither
 * has a mark. A target that bore the tombstone of an earlier move of this same queue is cleared before it is filled.
 */

import { QueueError } from "../core/errors.ts";
import type { JobState } from "../core/job.ts";
import { isServerAddress, localStore } from "../core/store_address.ts";

export type MovePhase = "copying" | "switching" | "moved" | "giving_up" | "clearing" | "filling";

/** The mark that a store bears while its jobs are moved, and (as `moved`) for good after they left. */
export interface Move {
  /** The same in both stores. */
  readonly id: string;
  readonly phase: MovePhase;
  /** Where the other store is, as it may be shown: without a password. */
  readonly other: string;
  /** Of a source from `switching` on: what was moved. */
  readonly content?: MovedContent;
  /** Of a target: the tombstone that it bore before. */
  readonly before?: Move;
}

/** What was found to be equal on both sides. */
export interface MovedContent {
  /** Jobs by queue and state. */
  readonly jobs: Readonly<Record<string, Readonly<Partial<Record<JobState, number>>>>>;
  readonly runs: number;
  readonly outputs: number;
  readonly inputs: number;
  /** SHA-256 over every column of every row, in hexadecimal digits. */
  readonly sha256: string;
}

export interface MoveState {
  readonly move: Move | null;
  /** The ids of the moves that were completed to here. */
  readonly origins: readonly string[];
  /** The highest arrival number that was given out so far; 0 where none was. */
  readonly lastSeq: number;
}

/** What is moved, in this order. Workers and supervisors are not, and counters are counted anew. */
export const movedTables = [
  "jobs",
  "unique_keys",
  "runs",
  "outputs",
  "inputs",
  "queues",
  "starts",
  "dependencies",
  "endings",
  "webhook_events",
  "tallies",
  "statistics",
  "answers",
] as const;
export type MovedTable = (typeof movedTables)[number];

/** All columns of a row by their names. */
export type MovedRow = Readonly<Record<string, null | number | string | Uint8Array>>;
/** A row's primary key; rows come in its order. */
export type RowKey = readonly (number | string)[];

export const keyColumns: Readonly<Record<MovedTable, readonly string[]>> = {
  jobs: ["seq"],
  // Unique beside the key itself, and in the same order in every store.
  unique_keys: ["job_seq"],
  runs: ["job_seq", "number"],
  outputs: ["job_seq", "number", "stream"],
  queues: ["name"],
  starts: ["queue", "number"],
  inputs: ["job_seq"],
  dependencies: ["parent_seq", "child_seq"],
  endings: ["job_seq", "kind"],
  webhook_events: ["id"],
  tallies: ["at", "queue", "program", "measure", "bucket", "shard"],
  statistics: ["span_ms", "at", "queue", "program"],
  answers: ["key"],
};

/** Less than every key. */
export const firstKey: Readonly<Record<MovedTable, RowKey>> = {
  jobs: [0],
  unique_keys: [0],
  runs: [0, 0],
  outputs: [0, 0, ""],
  queues: [""],
  starts: ["", 0],
  inputs: [0],
  dependencies: [0, 0],
  endings: [0, ""],
  webhook_events: [""],
  tallies: [0, "", "", "", "", 0],
  statistics: [0, 0, "", ""],
  answers: [""],
};

/** The length of a row as far as it varies, in SQL that both databases understand. */
export const sizeOfRow: Readonly<Record<MovedTable, string>> = {
  jobs:
    "length(command) + coalesce(length(argv), 0) + coalesce(length(env), 0) + coalesce(length(rules), 0) + coalesce(length(meta), 0) + coalesce(length(webhook), 0)",
  unique_keys: "0",
  runs: "0",
  outputs: "length(tail)",
  queues: "coalesce(length(defaults), 0)",
  starts: "0",
  inputs: "coalesce(length(content), 0)",
  dependencies: "0",
  endings: "0",
  webhook_events: "length(job)",
  tallies: "0",
  statistics: "length(counts)",
  answers: "length(accepted)",
};

/** Rows that are read, stored or deleted at once: as many, and about as many bytes, at most. */
export const moveBatch = { rows: 1000, bytes: 1_000_000 };

/** How many of these sizes, in their order, make a batch; at least one where there is one. */
export function batchOf(sizes: readonly number[]): number {
  let sum = 0;
  const over = sizes.findIndex((size, index) => (sum += size) > moveBatch.bytes && index > 0);
  return over === -1 ? sizes.length : over;
}

export function keyOf(table: MovedTable, row: MovedRow): RowKey {
  return keyColumns[table].map((column) => row[column] as number | string);
}

export function isSameMove(one: Move | null, other: Move | null): boolean {
  return one?.id === other?.id && one?.phase === other?.phase;
}

export function isTarget(move: Move): boolean {
  return move.phase === "filling" || move.phase === "clearing";
}

/** Ids as the store keeps them: one line of text. */
export function parseOrigins(text: string | null): readonly string[] {
  return text === null ? [] : text.split(" ");
}

export function parseMove(text: string | null | undefined): Move | null {
  return text === null || text === undefined ? null : JSON.parse(text);
}

/** What a move's beginning finds in a store. */
export interface StoreUse {
  readonly runs: number;
  /** Workers and supervisors that are not told to stop. */
  readonly crew: number;
  /** Or settings of queues. */
  readonly hasJobs: boolean;
  /** Jobs whose standard input is a file of its home. */
  readonly inputFiles: number;
}

/** Whether the store must be looked at before it takes this mark: it does not bear one that kept everybody out. */
export function entersMove(from: Move | null, to: Move | null): to is Move {
  return to !== null && (from === null || from.phase === "moved");
}

/** Refuses a move of a queue that is worked on, or into a store that has jobs of its own. */
export function refuseUse(to: Move, use: StoreUse, location: string): void {
  const action = isTarget(to) ? `move a queue to ${location}` : `move the queue of ${location}`;
  if (use.crew > 0 || use.runs > 0) {
    const found = use.crew > 0
      ? `${use.crew} worker(s) or supervisor(s) work on it`
      : `${use.runs} run(s) live`;
    throw new QueueError("refused", `Cannot ${action}: ${found}`, {
      hint: use.crew > 0
        ? "Let them finish and stop: queuectl worker stop --wait"
        : "Start a worker, which takes over what runs; then: queuectl worker stop --wait",
    });
  }
  if (to.phase === "copying" && use.inputFiles > 0) {
    throw new QueueError(
      "refused",
      `Cannot ${action}: ${use.inputFiles} job(s) read a standard input of over 1 MB, a file of this home`,
      {
        hint:
          "See which: queuectl list --json | jq '.[] | select(.stdin_bytes > 1000000) | .id'; then: queuectl remove ID",
      },
    );
  }
  if (to.phase === "filling" && use.hasJobs) {
    throw new QueueError("refused", `Cannot ${action}: it has jobs or queues of its own`, {
      hint: "Choose an empty one: another home (--home), database or schema (?schema=NAME in the URL)",
    });
  }
}

/** Where a store is, as `--store` and `config set store` take it. */
export function addressOf(location: string): string {
  return isServerAddress(location) ? location : localStore;
}

/** Refuses what a store with this mark does not accept: jobs, workers, retries. */
export function refuseWrites(move: Move | null, location: string): void {
  if (move === null) return;
  const { found, hint } = describeMove(move, location);
  throw new QueueError("refused", `Cannot use ${location} for new work: ${found}`, { hint });
}

/** What a store's mark means, and what to do about it. */
export function describeMove(
  { phase, other }: Move,
  location: string,
): { readonly found: string; readonly hint: string } {
  switch (phase) {
    case "moved":
      return {
        found: `its queue has moved to ${other}`,
        hint: `Use it there: queuectl config set store '${addressOf(other)}'`,
      };
    case "copying":
    case "switching":
      return {
        found: `its queue is being moved to ${other}`,
        hint: `If nobody is at it: queuectl migrate --to '${addressOf(other)}', or: queuectl migrate --abort`,
      };
    case "giving_up":
      return {
        found: `a move of its queue to ${other} is being given up`,
        hint: "If nobody is at it: queuectl migrate --abort",
      };
    case "clearing":
    case "filling":
      return {
        found: `the queue of ${other} is being moved to it`,
        hint:
          `If nobody is at it, where that was begun: queuectl migrate --to '${addressOf(location)}', or: ` +
          "queuectl migrate --abort",
      };
  }
}
