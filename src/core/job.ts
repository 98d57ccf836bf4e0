/** A job: a stored request to run one command. */

import type { BackoffRule } from "./backoff.ts";
import type { Resources } from "./demand.ts";
import type { StoredInput } from "./job_input.ts";

/** Every state of a job. `failed` is not one: it is the view of `pending` jobs that have used attempts. */
export const jobStates = ["pending", "blocked", "processing", "completed", "dead", "cancelled"] as const;
export type JobState = (typeof jobStates)[number];

/** What `list --state` accepts: the states, and the view `failed`. */
export const stateFilters = [...jobStates, "failed"] as const;
export type StateFilter = (typeof stateFilters)[number];

/** What a job says about how its runs may end and when it is tried again. What it leaves out is the default. */
export interface JobRules {
  /** The whole set of exit codes that count as success, sorted; [0] by default. */
  readonly okCodes?: readonly number[];
  /** Exit codes after which it is dead at once, sorted. */
  readonly deadCodes?: readonly number[];
  /** Exit codes after which it comes back later and nothing is charged, sorted. */
  readonly snoozeCodes?: readonly number[];
  readonly snoozeMs?: number;
  /** How many times it may snooze in all; then its snooze codes mean failure. */
  readonly maxSnoozes?: number;
  readonly waits?: BackoffRule["waits"];
  readonly backoffBase?: number;
  /** Null for no longest wait, whatever the setting says. */
  readonly backoffMaxMs?: number | null;
  readonly backoffJitter?: number;
  /** After this instant no attempt but the first one begins. */
  readonly retryUntil?: number;
}

/** The end of another job that a job waits for: completed, any end, or death. */
export const awaitedEnds = ["completed", "ended", "dead"] as const;
export type AwaitedEnd = (typeof awaitedEnds)[number];

/** A job that another one waits for (its parent), and the end of it that lets that one run. */
export interface Dependency {
  readonly parentId: string;
  readonly awaits: AwaitedEnd;
}

/** What becomes of a job whose unique key is taken. */
export const conflictModes = ["keep", "replace", "reject", "debounce"] as const;
export type ConflictMode = (typeof conflictModes)[number];

export interface UniqueRule {
  readonly key: string;
  /** How long the key is taken, from its acceptance on; null for as long as the job is unfinished. */
  readonly forMs: number | null;
  readonly onConflict: ConflictMode;
}

export interface Job {
  /** The arrival number in its store, never reused. */
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  /** The key whose jobs share a limit, or null. */
  readonly key: string | null;
  readonly state: JobState;
  /** Why the job is dead or cancelled, or null. */
  readonly reason: string | null;
  /** −1000 to 1000; higher goes first. */
  readonly priority: number;
  /** For how many milliseconds of waiting a step of priority counts. */
  readonly priorityStepMs: number;
  /** The command as a line of text; where `argv` is given, quoted for display only. */
  readonly command: string;
  /** The words to execute unchanged, or null where `command` goes to the shell. */
  readonly argv: readonly string[] | null;
  /** The working directory, absolute, or null for the root folder. */
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** How many bytes it is given on its standard input; null where that is empty from the start. */
  readonly stdinBytes: number | null;
  /** The tags that a worker must offer to run it, sorted. */
  readonly needs: readonly string[];
  /** How many of a worker's slots it takes. */
  readonly slots: number;
  /** What it takes of its host while it runs. */
  readonly resources: Resources;
  /** How many attempts in all. */
  readonly maxRetries: number;
  /** How long a run may take, in milliseconds; null for the setting `job_timeout`. */
  readonly timeoutMs: number | null;
  /** The grace between SIGTERM and SIGKILL, in milliseconds; null for the setting `kill_after`. */
  readonly killAfterMs: number | null;
  /** Whether it is to be cancelled while it runs: whatever its run comes to, it does not run again. */
  readonly isCancelRequested: boolean;
  /** What it says about its outcomes and waits, or null where it says nothing. */
  readonly rules: JobRules | null;
  /** A name for people, or null. */
  readonly label: string | null;
  /** What its sender wants to know of it again. */
  readonly meta: Readonly<Record<string, string>>;
  /** When it is cancelled unless a run of it has started, in UTC milliseconds; null for never. */
  readonly expiresAt: number | null;
  /** Jobs that it waits for and that have not ended as it wants. */
  readonly openParents: number;
  /** The arrival number of the job whose end cancelled it, or null. */
  readonly brokenBy: number | null;
  /** The key that it holds, or held, alone, or null. */
  readonly uniqueKey: string | null;
  /** The id of the job because of whose end it was enqueued (setting `on_dead`, or a webhook), or null. */
  readonly hookOf: string | null;
  /** The URL that its end is posted to, or which it posts the end of another job to (`isDelivery`); or null. */
  readonly webhook: string | null;
  /** The trace context in which it was enqueued, or null. */
  readonly traceparent: string | null;
  /** Runs that were charged: completed or failed ones. */
  readonly attempts: number;
  /** Runs in a row that ended with their worker. */
  readonly crashes: number;
  /** Runs after which it came back later and nothing was charged, since it was enqueued or retried by hand. */
  readonly snoozes: number;
  /** Runs that were started; also the number of the newest. */
  readonly runCount: number;
  readonly runAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the newest run started, or null. */
  readonly startedAt: number | null;
  /** When the job reached a final state, or null. */
  readonly finishedAt: number | null;
  /** The newest settled run's exit code, or null. */
  readonly exitCode: number | null;
  readonly lastError: string | null;
}

/** A checked request, ready for the store. */
export interface NewJob {
  readonly id: string;
  readonly queue: string;
  readonly key: string | null;
  readonly priority: number;
  readonly priorityStepMs: number;
  readonly command: string;
  readonly argv: readonly string[] | null;
  readonly cwd: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** What each of its runs reads from its standard input, or null. */
  readonly input: StoredInput | null;
  readonly needs: readonly string[];
  readonly slots: number;
  readonly resources: Resources;
  /** Those that it waits for, each once. */
  readonly after: readonly Dependency[];
  readonly unique: UniqueRule | null;
  readonly hookOf: string | null;
  readonly webhook: string | null;
  readonly maxRetries: number;
  readonly timeoutMs: number | null;
  readonly killAfterMs: number | null;
  readonly rules: JobRules | null;
  readonly label: string | null;
  readonly meta: Readonly<Record<string, string>>;
  /** The trace context in which it is enqueued. */
  readonly traceparent?: string | null;
  readonly due: Moment;
  /** When it is cancelled unless a run of it has started; null for never. */
  readonly expires: Moment | null;
}

/** An instant in UTC milliseconds, or a wait from the store's now. */
export type Moment = { readonly at: number } | { readonly afterMs: number };

/** States that a job leaves only by someone's request. */
export function isFinal(state: JobState): boolean {
  return state === "completed" || state === "dead" || state === "cancelled";
}

/**
 * What one step of priority is worth in the sort key, in milliseconds, where nothing ages: 8.7 years, so that priority
 * is strict. Stays exact below 2^53 for every valid date.
 */
export const strictPriorityStepMs = 2 ** 38;

/** The sort key of a waiting job: priority first, then due time. With a small step, waiting makes up for priority. */
export function sortAt(runAt: number, job: Pick<Job, "priority" | "priorityStepMs">): number {
  return runAt - job.priority * job.priorityStepMs;
}

/** Words as one line that a POSIX shell would split into the same words; for display. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) =>
    /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
  ).join(" ");
}
