/**
 * Errors that a user may see. Each names what could not be done, what was found, and one thing to try.
 *
 * Programmer mistakes keep the built-in classes (TypeError, RangeError …) and show a stack;
 * everything here is turned into text and an exit code in one place, `cli/report_error.ts`.
 */

import { isFinal, type JobState, type UniqueRule } from "./job.ts";

/**
 * What kind of refusal it is; the command line turns it into an exit code:
 * `failed` 1, `usage` 2, `not_found` and `refused` 3, `unavailable` 4.
 */
export type ErrorKind = "failed" | "usage" | "not_found" | "refused" | "unavailable";

export interface ErrorDetails {
  /** One line that names a command or a value to try. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error whose message is meant for the user: "Cannot <action> <object>: <state found>". */
export class QueueError extends Error {
  override readonly name: string = "QueueError";
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.hint = details.hint;
  }
}

/** What a store that does not serve suffers from. `busy` and `full` may pass by themselves. */
export type StoreProblem =
  | "busy"
  | "full"
  | "io"
  | "read_only"
  | "corrupt"
  | "not_a_store"
  | "newer"
  | "older_in_use"
  | "no_access"
  | "unreachable";

/** The store cannot serve. Thrown by store adapters only, which translate their database's errors once. */
export class StoreUnavailable extends QueueError {
  override readonly name = "StoreUnavailable";
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, message: string, details: ErrorDetails = {}) {
    super("unavailable", message, details);
    this.problem = problem;
  }
}

/** There is no job of that id. `action` completes "Cannot …". */
export function unknownJob(id: string, action: string): QueueError {
  return new QueueError("not_found", `Cannot ${action} job "${id}": there is no such job`, {
    hint: "See which there are: queuectl list",
  });
}

/** A job cannot be accepted, so that nothing of its batch is. */
export class RefusedJob extends QueueError {
  /** Null where it would have been made up. */
  readonly id: string | null;
  /** Its place in the batch, from 0; set anew by whoever has stored only some of a batch. */
  index: number;

  constructor(
    kind: ErrorKind,
    { id, index, found }: { readonly id: string | null; readonly index: number; readonly found: string },
    details: ErrorDetails,
  ) {
    super(kind, `Cannot enqueue ${id === null ? "this job" : `job "${id}"`}: ${found}`, details);
    this.id = id;
    this.index = index;
  }
}

/** A job of that id is already stored; the stored one is untouched. */
export class DuplicateJob extends RefusedJob {
  override readonly name = "DuplicateJob";

  constructor(id: string, state: string, index: number) {
    super("refused", { id, index, found: `a job of that id is already ${state}` }, {
      hint: `Choose another id, leave the id out, or look at it: queuectl show ${id}`,
    });
  }
}

/** A job is for a queue that accepts no more. */
export class QueueDrains extends RefusedJob {
  override readonly name = "QueueDrains";

  constructor(id: string, queue: string, index: number) {
    super("refused", { id, index, found: `its queue "${queue}" is draining and accepts no more` }, {
      hint: `Open it again: queuectl queue resume ${queue}`,
    });
  }
}

/** Another job has the unique key that a job asks for, and stays. */
export class UniqueKeyTaken extends RefusedJob {
  override readonly name = "UniqueKeyTaken";

  constructor(
    job: { readonly id: string; readonly index: number; readonly unique: UniqueRule },
    /** Null for a job of the same batch. */
    holder: { readonly id: string; readonly state: JobState } | null,
  ) {
    const { unique: { key, onConflict }, ...place } = job;
    const who = holder === null
      ? "an earlier job of the same batch"
      : `job "${holder.id}", which is ${holder.state},`;
    super("refused", { ...place, found: `${who} has the unique key "${key}"` }, {
      hint: holder === null
        ? "Leave one of them out, or give another --on-conflict"
        : onConflict === "reject"
        ? `Look at that job: queuectl show ${holder.id}`
        : `Only a job that waits can be ${onConflict === "replace" ? "replaced" : "put off"}; ${
          // One that is over has its key for a time.
          isFinal(holder.state)
            ? `to free the key of that one: queuectl remove ${holder.id}`
            : `to end that one: queuectl cancel ${holder.id}`}`,
    });
  }
}

/** A job that waits is to go to a queue that accepts no more. */
export function movesToDrained(id: string, queue: string): QueueError {
  return new QueueError(
    "refused",
    `Cannot edit job "${id}": queue "${queue}" is draining and accepts no more`,
    {
      hint: `Open it again: queuectl queue resume ${queue}`,
    },
  );
}

/** What a job that posts a webhook does is not for others to say. */
export function postsWebhook(id: string): QueueError {
  return new QueueError(
    "refused",
    `Cannot edit job "${id}": it posts a webhook, and what it does and where it waits stays as it is`,
    { hint: "Of such a job run_at, delay, priority and max_retries can be changed" },
  );
}

/** A job cannot be tried again while another one has its unique key. */
export function keyInUse(id: string, key: string, holderId: string): QueueError {
  return new QueueError(
    "refused",
    `Cannot retry job "${id}": job "${holderId}" has its unique key "${key}"`,
    {
      hint: `Wait for that job, or cancel it: queuectl cancel ${holderId}`,
    },
  );
}

/** Why a job is refused that could never start, and what to do about it. */
export const tooSoon = {
  found: "it would expire before it could start",
  hint: "Give an expiry that is after its due time, and still to come; a duration counts from now",
} as const;

/** A job could never start, by the store's clock. */
export class ExpiresTooSoon extends RefusedJob {
  override readonly name = "ExpiresTooSoon";

  constructor(id: string, index: number) {
    super("usage", { id, index, found: tooSoon.found }, { hint: tooSoon.hint });
  }
}

/** What a job is to read from its standard input is too much for a store that several hosts share. */
export class InputTooLarge extends RefusedJob {
  override readonly name = "InputTooLarge";

  constructor(id: string | null, index: number) {
    super("refused", {
      id,
      index,
      found:
        "its standard input is over 1 MB, which would be a file on this host only, and others share the store",
    }, {
      hint: "Put it where every host can read it, and enqueue a command line that does: -- 'COMMAND <FILE'",
    });
  }
}

/** A job that another one waits for is neither stored nor of the same batch. */
export class UnknownParent extends RefusedJob {
  override readonly name = "UnknownParent";
  readonly parentId: string;

  /** `keptId` is the job that was kept in place of that one, since it has its unique key. */
  constructor(id: string, parentId: string, index: number, keptId: string | null = null) {
    const why = keptId === null
      ? "which is not there"
      : `which was not added, since job "${keptId}" has its unique key`;
    super("not_found", { id, index, found: `it waits for job "${parentId}", ${why}` }, {
      hint: keptId === null
        ? "Enqueue that one before, or in the same file; see which there are: queuectl list"
        : `Let it wait for that job: ${keptId}`,
    });
    this.parentId = parentId;
  }
}

/** How many jobs of a cycle are named before and after those that are left out. */
const namedOfCycle = { first: 6, last: 1 };

/** Jobs of a batch wait for one another, so that none of them could ever run. */
export class DependencyCycle extends RefusedJob {
  override readonly name = "DependencyCycle";

  /** Each of `ids` waits for the next one, and the last for the first. */
  constructor(ids: readonly string[], index: number) {
    const { first, last } = namedOfCycle;
    const left = ids.length - first - last;
    const named = left > 1 ? [...ids.slice(0, first), `… (${left} more)`, ...ids.slice(-last)] : ids;
    const found = `it would wait for itself: ${[...named, ids[0]].join(" → ")}`;
    super("usage", { id: ids[0]!, index, found }, {
      hint: "Let one of them wait for none of the others",
    });
  }
}

/** A request came with the key of another one. */
export class KeyReused extends QueueError {
  override readonly name = "KeyReused";

  constructor(key: string) {
    super("usage", `Cannot enqueue under the key "${key}": it came with another request`, {
      hint: "Take a new key for each request, and the same one only to send a request again",
    });
  }
}

/** The message of whatever was thrown, for one line of text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
