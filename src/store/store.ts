/**
 * The store: where jobs, runs and workers live. `tests/contract/` holds every promise below to every adapter.
 *
 * - **Durable.** When `enqueue` returns, the jobs survive a crash of the program and (with durability `standard` or
 *   `strict`) a loss of power. A batch is stored whole or not at all.
 * - **One winner.** A claim is one transaction; a job is handed to one worker, under a fencing token that is higher
 *   than every earlier one of that job. A write that carries an older token changes nothing and says so.
 * - **Where it can.** A worker is handed only jobs whose needs are all among the tags that it registered with.
 * - **Within limits.** At every instant no more jobs of a queue, of a key in a queue, or with a resource of a host run
 *   than their limits allow, counted from what runs, and none starts in a queue that is paused, throttled or has used up
 *   its rate. A limit that is lowered stops nothing. Of one key those start first that arrived first. A job that takes
 *   more slots than are free is not overtaken by that worker; one that lacks a resource, not by those that take it too.
 * - **In order.** Priority (higher first), then due time, then arrival; of jobs that fall due at the same moment by the
 *   hundreds, some may be looked at a claim later. A claim's cost does not grow with the number
 *   of finished, delayed, blocked, held or dead jobs.
 * - **Not after its expiry.** A job of which no run has started by its expiry is never handed out, whether or not
 *   `expireDue` has cancelled it. Until it has, a claim may hand out less than there is behind such jobs.
 * - **After others.** A job that waits for others is blocked, and never handed out, until each of them has ended as it
 *   wants. The end is passed on in the transaction that ends a job or, from a mark that this one leaves, in short ones
 *   after it (`passOnEnds`): an end is never lost, and ending a job is as quick with ten thousand that wait for it.
 * - **The store owns its clock.** No method takes the time; `now` tells it. All times are UTC milliseconds.
 * - **Told once.** Each end of a job that has a webhook is written down in the transaction that ends it, and becomes one
 *   job that tells of it (`passOnWebhooks`), whoever dies in between.
 * - **In one place.** A store whose jobs are moved to another one, or that is filled from one, says so (`move.ts`): then
 *   `enqueue`, `cancel`, `cancelMany`, `requestSignal`, `retry`, `edit`, `remove`, `retryDead`, `removeFinished`,
 *   `changeQueue`, `renameQueue`, `expireDue`, `passOnEnds`, `passOnDeaths`, `passOnWebhooks`, `registerWorker` and `registerSupervisor` throw, and change nothing.
 * - **Counted.** `counts` reads counters that change in the same transaction as the jobs; `check` compares them with
 *   the truth.
 *
 * - **Measured.** Each settlement adds to the statistics, in the same transaction; what they tell of does not go with the
 *   jobs, and their sums never fall.
 *
 * Every method may throw `StoreUnavailable`; then nothing was changed, or (for `problem: "io"`) it cannot be known.
 */

import type { BackoffRule } from "../core/backoff.ts";
import type { Resources } from "../core/demand.ts";
import type { StoredInput } from "../core/job_input.ts";
import type { AwaitedEnd, Job, JobState, NewJob } from "../core/job.ts";
import type { JobChanges } from "../core/job_changes.ts";
import type { DependencyState } from "../core/passed_ends.ts";
import type { Intent, Progress, Run, RunEnding, RunRef, StreamTail } from "../core/run.ts";
import type { JobSignal } from "../core/signals.ts";
import type { JobOrder } from "../core/job_order.ts";
import type { Queue, QueueDefaults } from "../core/queue.ts";
import type { QueueChange } from "../core/queue_change.ts";
import type { WebhookEvent } from "../core/webhook_delivery.ts";
import type { JobFilter } from "./job_filter.ts";
import type { Move, MovedRow, MovedTable, MoveState, RowKey } from "./move.ts";
import type { GatedJob, GateFacts } from "./gate_facts.ts";
import type { QueueReport, WaitingKind } from "./queues.ts";
import type { OldestWaiting, Statistics, StatisticsRequest } from "./statistics.ts";

export interface StoreInfo {
  readonly driver: string;
  /** Why this driver serves and not the preferred one, or null. */
  readonly driverNote: string | null;
  readonly engineVersion: string;
  readonly schemaVersion: number;
  readonly location: string;
  /** Whether several hosts may use it, so that the files of a run may be on another one. */
  readonly isShared: boolean;
}

/**
 * What became of a job whose unique key another one had: that one was kept, was cancelled in its favour, or was put off.
 */
export type Conflict = "kept" | "replaced" | "debounced";

export interface Accepted {
  /** Where its unique key was taken and that job kept or put off, the id of that one; so are the other fields. */
  readonly id: string;
  /** `cancelled` where a job that it waits for has ended in another way already; of one that was kept any other. */
  readonly state: JobState;
  /** Null where nobody else had its unique key, or it has none. */
  readonly conflict: Conflict | null;
  readonly runAt: number;
  /** When it is cancelled unless a run of it has started, or null. */
  readonly expiresAt: number | null;
}

/** A request that may come twice. */
export interface OnceRequest {
  /** Its sender's name for it, another one for each request. */
  readonly key: string;
  /** The same only for the same request: the SHA-256 of it. */
  readonly request: string;
}

export interface JobPage extends JobFilter {
  /** `newest`: highest arrival number first; `oldest`: lowest first. */
  readonly order: "newest" | "oldest";
  /** Only jobs beyond this arrival number, in the page's order. */
  readonly after?: number | undefined;
  /** Only jobs up to this arrival number, in the page's order. */
  readonly through?: number | undefined;
  /** 1 or more. */
  readonly limit: number;
  /** Whether nobody waits for it any more, so that some of it will do. */
  readonly isStopped?: (() => boolean) | undefined;
}

/** A place in the order in which jobs change: when one did, and its arrival number. */
export interface ChangePlace {
  readonly at: number;
  readonly seq: number;
}

/** What a job is since it was changed last. */
export type ChangedJob = Pick<
  Job,
  "seq" | "id" | "queue" | "state" | "attempts" | "runCount" | "exitCode" | "updatedAt"
>;

export interface FirstJobs {
  readonly order: JobOrder;
  /** 1 or more; Infinity for all of them. */
  readonly limit: number;
}

/** Part of the arrival numbers: beyond the first, up to the second. */
export interface ArrivalSpan {
  readonly after: number;
  readonly through: number;
}

export interface CancelledBatch {
  /** The arrival number up to which it went. */
  readonly last: number;
  /** How many that waited are cancelled. */
  readonly cancelled: number;
  /** How many that run are to be ended. */
  readonly ending: number;
}

export interface Counts {
  readonly byState: Readonly<Record<JobState, number>>;
  /** Pending jobs that have used attempts; they count as pending too. */
  readonly failed: number;
  /** Pending jobs that are not due yet. */
  readonly delayed: number;
  /** When the next of them is due, or null. */
  readonly nextDueAt: number | null;
}

export interface ClaimRequest {
  readonly workerId: string;
  /** In this order: names, prefixes with `*` (the best of all that match goes first), or `*`. */
  readonly queues: readonly string[];
  /** How many slots are free, 1 or more: no more than these are filled. */
  readonly limit: number;
  /** The random part of each claimed run's folder; called once a job. */
  readonly newMark: () => string;
}

export interface Claimed {
  readonly job: Job;
  readonly run: RunRef;
  readonly mark: string;
}

/** Null where the worker is not registered (any more), or is told to stop; then nothing was claimed. */
export type ClaimResult = { readonly claimed: readonly Claimed[] } | { readonly claimed: null };

export interface Probe {
  /** What the worker is told: null to go on; `unknown` where it is not registered (any more). */
  readonly order: StopMode | "unknown" | null;
  /** Whether a claim would find a job now. */
  readonly ready: boolean;
  /** When the next job that waits for its time is due, or null. */
  readonly nextDueAt: number | null;
  /** When the next job expires that has not run yet, or null; where that is over, `expireDue` has something to do. */
  readonly nextExpiryAt: number | null;
  /** Whether `passOnEnds`, `passOnDeaths` or `passOnWebhooks` has something to do. */
  readonly hasEnds: boolean;
  /** Whether a claim from the queue of webhooks may find a job now. */
  readonly hasDeliveries: boolean;
  /** The store's now. */
  readonly now: number;
}

export interface SettleRequest {
  readonly run: RunRef;
  readonly ending: RunEnding;
  readonly backoff: BackoffRule;
  /** From 0 up to, not including, 1; feeds the jitter. */
  readonly chance: number;
  /** What to claim in the same transaction, after the settlement; null for nothing. */
  readonly next: ClaimRequest | null;
}

/**
 * The job's state afterwards, and what was claimed next. Null where the token was stale: then nothing was changed or
 * claimed.
 */
export type SettleResult =
  | {
    readonly state: JobState;
    readonly runAt: number;
    readonly claimed: readonly Claimed[];
    /** Whether `passOnEnds`, `passOnDeaths` or `passOnWebhooks` has something to do because of it. */
    readonly hasEnds: boolean;
  }
  | null;

/** What a batch of `passOnEnds` came to. */
export interface PassedOn {
  /** Jobs that waited for others and are pending now. */
  readonly opened: number;
  /** Jobs that are cancelled, since they waited in vain. */
  readonly ended: number;
  /** Jobs that were cancelled so, and wait again. */
  readonly revived: number;
  readonly hasMore: boolean;
}

/** A dependency between two stored jobs. */
export interface JobLink {
  readonly parent: LinkedJob;
  readonly child: LinkedJob;
  readonly awaits: AwaitedEnd;
  readonly state: DependencyState;
}

export type LinkedJob = Pick<Job, "seq" | "id" | "state" | "attempts">;

export interface LinksRequest {
  readonly jobSeqs: readonly number[];
  /** Whether the links are to those that these jobs wait for, or to those that wait for them. */
  readonly to: "parents" | "children";
  /** 1 or more. */
  readonly limit: number;
}

/** `drain`: finish what runs. `detach`: let go of it, it runs on. `force`: end it and hand it back. */
export const stopModes = ["drain", "detach", "force"] as const;
export type StopMode = (typeof stopModes)[number];

/** Whether an order to stop goes beyond an earlier one; none is ever lowered. */
export function isStricter(mode: StopMode, than: StopMode | null): boolean {
  return than === null || stopModes.indexOf(mode) > stopModes.indexOf(than);
}

export interface StopRequest {
  readonly mode: StopMode;
  /** Only this supervisor and its workers. */
  readonly supervisorId?: string | undefined;
  /** Only those on hosts of this name. */
  readonly hostName?: string | undefined;
  /** With `detach`: for how long other hosts leave the runs alone that are let go of, in milliseconds. */
  readonly detachMs?: number | undefined;
}

export interface NewWorker {
  readonly id: string;
  readonly pid: number;
  readonly startIdentity: string;
  readonly hostName: string;
  readonly host: string;
  readonly supervisorId: string | null;
  readonly concurrency: number;
  /** What it offers; jobs that need more are not for it. */
  readonly tags: readonly string[];
  /** The queues that it takes jobs from, in this order: names, prefixes with `*`, or `*`. */
  readonly queues: readonly string[];
  /** What its host has; all workers of a host share it. */
  readonly resources: Resources;
  readonly leaseMs: number;
  readonly version: string;
}

export interface WorkerRow extends NewWorker {
  readonly beat: number;
  readonly startedAt: number;
  readonly heartbeatAt: number;
  readonly stop: StopMode | null;
  /** Why it claims nothing for now, though it is not told to stop, or null. */
  readonly held: string | null;
  /** Ids of the jobs that it holds. */
  readonly jobs: readonly string[];
  /** Of these, the ones whose runs it took over from another worker. */
  readonly adopted: readonly string[];
}

export interface NewSupervisor {
  readonly id: string;
  readonly pid: number;
  readonly startIdentity: string;
  readonly host: string;
}

export interface SupervisorRow extends NewSupervisor {
  readonly startedAt: number;
  readonly stop: StopMode | null;
  /** Why its workers do not come up, or null. */
  readonly trouble: string | null;
}

/** What a worker is told when it renews. Null where it is not registered any more. */
export type Renewal = { readonly stop: StopMode | null; readonly schemaChanged: boolean } | null;

export interface RunRequest {
  readonly run: RunRef;
  /** Somebody reads its output from another host. */
  readonly isWatched: boolean;
  /** Its job is to be cancelled. */
  readonly isCancelled: boolean;
  /** What its processes are to be sent. */
  readonly signals: readonly JobSignal[];
}

export interface RetryRequest {
  readonly id: string;
  /** The states that it may be retried from: `dead` alone, or any that is final, and `pending`, which is due then. */
  readonly from: "dead" | "any";
  /** Whether the jobs that its end has cancelled wait for it again; `passOnEnds` sees to them. */
  readonly cascade?: boolean;
}

export interface EditedJob {
  readonly before: Job;
  /** Null where it does not wait, and is left as it is. */
  readonly after: Job | null;
}

export interface RemovedJob {
  /** The state that it was found in. */
  readonly state: JobState;
  /** Its runs, whose files may be left. */
  readonly runs: readonly Pick<Run, "jobSeq" | "number" | "mark">[];
  /** The file that its standard input was kept in, or null. */
  readonly inputFile: string | null;
  /** The id of a job that waits for it, so that it was left as it is; or null. */
  readonly awaitedBy: string | null;
}

/** Jobs that a filter meant when it was asked. */
export interface FoundJobs {
  /** Rising; not more than make a short write. */
  readonly seqs: readonly number[];
  readonly filter: JobFilter;
}

export interface DeadRetry extends FoundJobs {
  /** When the first of them is due, and how much later each next one; null for all of them now. */
  readonly due: { readonly at: number; readonly stepMs: number } | null;
  /** As for `retry`. */
  readonly cascade?: boolean;
}

export interface RetriedDead {
  readonly retried: number;
  /** How many are left, since others have their unique keys. */
  readonly withoutKey: number;
}

export interface RemovedBatch {
  readonly removed: number;
  /** Runs whose files may be left. */
  readonly runs: RemovedJob["runs"];
  /** The files that their standard inputs were kept in. */
  readonly inputFiles: readonly string[];
}

export interface PublishedOutput {
  readonly stdout: StreamTail;
  readonly stderr: StreamTail;
}

export interface MoveChange {
  readonly from: Move | null;
  readonly to: Move | null;
  /** The highest arrival number of the source. */
  readonly lastSeq: number;
}

export interface HeldRun {
  readonly job: Job;
  readonly run: Run;
  /** The registered worker that holds the job, or null. */
  readonly holder: WorkerRow | null;
}

export interface Store {
  readonly info: StoreInfo;

  now(): Promise<number>;

  /**
   * Stores all jobs or none, in their order. Throws `DuplicateJob` for an id that is there or comes twice,
   * `ExpiresTooSoon` for a job that would expire before it is due, `QueueDrains` for one whose queue accepts no more, and `UniqueKeyTaken` for one whose unique key
   * another job has, where its rule is to be refused then, or that one does not wait. Of each key there is one job
   * at most, also when many processes enqueue it at once; within a batch the same rules hold from job to job. Throws
   * `UnknownParent` for one that waits for a job that is
   * neither stored nor of the batch, and `DependencyCycle` for jobs that wait for one another.
   * With `once`, a request that was accepted under that key stores nothing and has the same answer again, for a day at
   * least; `KeyReused` is thrown where the key came with another request.
   */
  enqueue(jobs: readonly NewJob[], once?: OnceRequest): Promise<Accepted[]>;

  job(id: string): Promise<Job | null>;
  /** The jobs of these ids, in their order; null in the place of one that is not there. */
  jobsOf(ids: readonly string[]): Promise<(Job | null)[]>;
  /** A filter that no index serves is read in short steps, while other calls and timers go on. */
  jobs(page: JobPage): Promise<Job[]>;
  /** Of all that a filter means the first jobs in an order; while they change, as they were one after the other. */
  firstJobs(filter: JobFilter, first: FirstJobs): Promise<Job[]>;
  /**
   * The first jobs that were changed last beyond a place, in the order in which they were. Where several hosts write,
   * one may appear later at an earlier place.
   */
  changedJobs(after: ChangePlace, limit: number): Promise<ChangedJob[]>;
  /** What a job reads from its standard input, the same for each of its runs; null for nothing. */
  input(jobSeq: number): Promise<StoredInput | null>;
  /** The names of all files that jobs' inputs are kept in. */
  inputFiles(): Promise<string[]>;
  /** How many jobs a filter means, up to an arrival number; while they change, as they were one after the other. */
  countJobs(filter: JobFilter, through?: number): Promise<number>;
  counts(): Promise<Counts>;
  /** Runs of a job, oldest first. */
  runs(jobSeq: number): Promise<Run[]>;
  /** The stored tail of a run's stream, with its length then; null where nothing of it is stored. */
  outputTail(jobSeq: number, number: number, stream: "out" | "err"): Promise<StreamTail | null>;
  /** Asks whoever has a run in hand to publish what it writes, for `forMs` from now; wakes every host. */
  watchRun(run: Pick<RunRef, "jobSeq" | "number">, forMs: number): Promise<void>;
  /** What is asked of the runs that a worker holds; those of which nothing is asked are left out. */
  requests(workerId: string): Promise<RunRequest[]>;
  /** Stores what a run that goes on has written so far; an empty tail leaves the stored one. False for a stale token. */
  publishOutput(run: RunRef, output: PublishedOutput): Promise<boolean>;

  /** Stores how far a run says that it is; that stays with it. False for a stale token. */
  reportProgress(run: RunRef, progress: Progress): Promise<boolean>;
  /** How far the newest run of each of these jobs says that it is, in their order. */
  progressOf(jobSeqs: readonly number[]): Promise<(Progress | null)[]>;

  /** What a worker should do next; changes nothing and takes no lock. */
  probe(workerId: string, queues: readonly string[]): Promise<Probe>;
  claim(request: ClaimRequest): Promise<ClaimResult>;
  /**
   * Goes on with setting the gates of jobs whose queue has another key limit than before, a batch; whether more is
   * left. Claims do the same.
   */
  regate(): Promise<boolean>;
  /**
   * Cancels jobs that have expired, those first that did so first, as many as make a batch; returns how many. Who
   * watches them by `watchEnds` is called.
   */
  expireDue(): Promise<number>;
  /**
   * Passes the ends of jobs on to those that wait for them, as many as make a batch: who has none left to wait for is
   * pending, who waits in vain is cancelled, which is an end of its own. A job that is retried with `cascade` is passed
   * on likewise. Who watches jobs by `watchEnds` is called.
   */
  passOnEnds(): Promise<PassedOn>;
  /**
   * Stores the hook of jobs that have died, once for each death, as many as make a batch; for null none, and they are
   * forgotten. Returns how many it were. A hook's own death is not passed on.
   */
  passOnDeaths(hookOf: ((dead: Job) => NewJob) | null): Promise<number>;
  /**
   * Stores for each end of a job that has a webhook, or whose queue has, the job that tells of it: one for each end, in the
   * write that forgets it, as many as make a batch. Returns how many it were. What was enqueued because of an end
   * (`hookOf`) tells of none.
   */
  passOnWebhooks(deliveryOf: (event: WebhookEvent) => NewJob): Promise<number>;
  /** Dependencies of jobs, by their arrival numbers. */
  links(request: LinksRequest): Promise<JobLink[]>;
  /** How many jobs are cancelled because of how these have ended, directly or by way of others. */
  countBroken(ids: readonly string[]): Promise<number>;
  /** Commits what is about to be done to a run. False where the token is stale. */
  recordIntent(run: RunRef, intent: Intent): Promise<boolean>;
  settle(request: SettleRequest): Promise<SettleResult>;

  /** What was counted of runs that ended. It outlives the jobs, and costs the same however many there were. */
  statistics(request: StatisticsRequest): Promise<Statistics>;
  /** Makes room: counts by minutes become counts by half hours, and those that are too old go. To be called now and then. */
  foldStatistics(): Promise<void>;
  /** Of each queue in which a job is ready or due the one that was so first, the earliest of them first; up to held ones. */
  oldestWaiting(): Promise<OldestWaiting[]>;
  /** How many runs were ever taken over from another worker, which was gone or silent. Never falls. */
  lostLeases(): Promise<number>;

  /**
   * Registers a worker; it takes over an order to stop that its supervisor was given already. Repeating it, after an
   * answer that was lost, changes nothing; nor does it for a supervisor.
   */
  registerWorker(worker: NewWorker): Promise<void>;
  renewWorker(id: string): Promise<Renewal>;
  /** Writes down why a worker claims nothing for now, or null that it does. */
  setHeld(workerId: string, held: string | null): Promise<void>;
  removeWorker(id: string): Promise<void>;
  workers(): Promise<WorkerRow[]>;
  /** Takes a worker off the list if its heartbeat is still `beat` (or whatever it is, for null). */
  expireWorker(id: string, beat: number | null): Promise<boolean>;

  registerSupervisor(supervisor: NewSupervisor): Promise<void>;
  reportTrouble(supervisorId: string, trouble: string): Promise<void>;
  removeSupervisor(id: string): Promise<void>;
  supervisors(): Promise<SupervisorRow[]>;
  /**
   * Marks the workers and supervisors that exist now. A mark is never lowered (drain, detach, force). Returns the
   * ids of the workers whose mark changed.
   */
  requestStop(request: StopRequest): Promise<string[]>;

  /** Processing jobs whose holder is not registered any more (then null), and those that `workerId` itself holds. */
  orphans(workerId: string): Promise<HeldRun[]>;
  /** A job with its newest run, and who holds it; null where there is no such run. */
  heldRun(jobSeq: number): Promise<HeldRun | null>;
  /**
   * Gives an orphaned run (its holder is not registered any more, or is `workerId` itself) to a worker under a new
   * token; it keeps its number. Null where the token is stale, another holder is registered, or `workerId` is not.
   */
  takeOver(run: RunRef, workerId: string): Promise<RunRef | null>;

  /**
   * Cancels a job that waits. One that runs is marked: whoever holds its run ends it, and whatever it comes to but
   * success, the job is cancelled. Any other is left as it is. Returns the state it was found in; wakes every host.
   */
  cancel(id: string): Promise<JobState | null>;
  /**
   * Asks whoever holds the run of a job that is processing to send its processes a signal, and changes nothing else.
   * Different ones are sent in their order; one that is still to be sent comes once. Returns the state it was found in.
   */
  requestSignal(id: string, signal: JobSignal): Promise<JobState | null>;
  /** Takes the signals that a run is to be sent, so that nobody else sends them; none for a stale token. */
  takeSignals(run: RunRef): Promise<readonly JobSignal[]>;
  /**
   * Cancels the next batch of the jobs that a filter means, in the order of arrival: one transaction. What does
   * not fit the filter any more by then is left alone. Null where there is none left.
   */
  cancelMany(filter: JobFilter, span: ArrivalSpan): Promise<CancelledBatch | null>;
  /**
   * Makes a job pending and due now, with attempts 0; its history stays, an expiry that is over does not. One that
   * still waits for others is blocked again; those that have ended in vain are not waited for any more. Returns the
   * state it was found in.
   */
  retry(request: RetryRequest): Promise<JobState | null>;
  /** Changes a job that is pending or blocked; any other is left as it is. Null where there is none. */
  edit(id: string, changes: JobChanges): Promise<EditedJob | null>;
  /** Deletes a job with its history, unless it is processing or a blocked job waits for it. Null where there is none. */
  remove(id: string): Promise<RemovedJob | null>;
  /** Retries dead jobs as `retry` does; those whose unique keys others have are left as they are. */
  retryDead(request: DeadRetry): Promise<RetriedDead>;
  /**
   * Deletes jobs that are over with their history; what does not fit the filter any more, or is needed by something
   * (see `JobFilter.spentAt`), is left alone.
   */
  removeFinished(found: FoundJobs): Promise<RemovedBatch>;
  /** Gives some of the room that deleted jobs took back to the disk; false where nothing is left to give. */
  giveBack(): Promise<boolean>;

  /** What only the store can count of what holds a job that waits. */
  gateFacts(job: GatedJob): Promise<GateFacts>;

  /** A queue that has jobs or settings; null where it has neither. */
  queue(name: string): Promise<QueueReport | null>;
  /** All that have jobs or settings, by name. */
  queues(): Promise<QueueReport[]>;
  /** What jobs of these queues get that they do not say themselves; those that have none set are left out. */
  queueDefaults(names: readonly string[]): Promise<ReadonlyMap<string, QueueDefaults>>;
  /**
   * Changes what is given, whether or not the queue has jobs; returns it as it is then. What runs goes on, also beyond
   * a lowered limit. Nothing is accepted any more once a queue is said to drain. Wakes every host.
   */
  changeQueue(name: string, change: QueueChange): Promise<Queue>;
  /**
   * Gives a queue with all its jobs another name, at one instant; what runs goes on. Throws where it is not there, or
   * the name is taken. Returns how many jobs it has. What is enqueued meanwhile may keep the old name.
   */
  renameQueue(from: string, to: string): Promise<number>;

  /**
   * Calls back when another host may have left something to do, until the store is closed. A store that cannot tell
   * never calls back; nothing depends on it.
   */
  onWake(callback: () => void): Promise<void>;
  /** Has whoever listens by `onEnd` called, on every host, when one of these jobs ends; each job once. */
  watchEnds(jobSeqs: readonly number[]): Promise<void>;
  /** The same as `onWake` for jobs that are watched by `watchEnds` and may have ended. */
  onEnd(callback: () => void): Promise<void>;

  /** How far a move from here or to here is. */
  moveState(): Promise<MoveState>;
  /**
   * Puts one mark of a move in the place of another; false where the store bears another one than `from`. Throws where
   * the move would begin on a queue that is worked on, or in a store that has jobs of its own. With the mark of a
   * target that was filled goes its refusal to accept: its counters are right then, and the next arrival number is
   * beyond `lastSeq`.
   */
  changeMove(change: MoveChange): Promise<boolean>;
  /** Rows beyond a key (from the first on, for null) in the order of their keys, as many as make a batch; [] at the end. */
  exportRows(table: MovedTable, after: RowKey | null): Promise<MovedRow[]>;
  /**
   * Stores rows as they are; those whose keys are there are passed over. Returns the last key that is stored then (less
   * than any, where there is none), or null where the store is not the target of that move, `filling`, any more.
   */
  importRows(move: Move, table: MovedTable, rows: readonly MovedRow[]): Promise<RowKey | null>;
  /** Deletes a batch of rows of a target that is `clearing`. False where nothing was left, or the mark is another one. */
  discardRows(move: Move): Promise<boolean>;

  /** Ready jobs by their queue and what they demand, as many kinds as can be told quickly. */
  waitingKinds(): Promise<WaitingKind[]>;
  /** Makes the counters right. */
  recount(): Promise<void>;
  /** What is wrong with the store, one line each; empty when counters, gates and states agree and the file is sound. */
  check(): Promise<string[]>;

  /** What is under way then ends with an error. */
  close(): Promise<void>;
}
