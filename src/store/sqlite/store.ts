/**
 * The Store on SQLite: one connection, each method one transaction. What a method is made of is loaded when it is first
 * called, since most calls of the program use few of them, and each module costs its start.
 */

import type { JobState, NewJob } from "../../core/job.ts";
import type { Job } from "../../core/job.ts";
import type { JobChanges } from "../../core/job_changes.ts";
import type { Queue, QueueDefaults } from "../../core/queue.ts";
import type { QueueChange } from "../../core/queue_change.ts";
import type { WebhookEvent } from "../../core/webhook_delivery.ts";
import type { StoredInput } from "../../core/job_input.ts";
import type { Intent, Progress, Run, RunRef, StreamTail } from "../../core/run.ts";
import type { JobSignal } from "../../core/signals.ts";
import type { Durability } from "../../core/settings.ts";
import type {
  Accepted,
  ArrivalSpan,
  CancelledBatch,
  ChangedJob,
  ChangePlace,
  ClaimRequest,
  ClaimResult,
  Counts,
  DeadRetry,
  EditedJob,
  FirstJobs,
  FoundJobs,
  HeldRun,
  JobLink,
  JobPage,
  LinksRequest,
  MoveChange,
  NewSupervisor,
  NewWorker,
  OnceRequest,
  PassedOn,
  Probe,
  PublishedOutput,
  RemovedBatch,
  RemovedJob,
  Renewal,
  RetriedDead,
  RetryRequest,
  RunRequest,
  SettleRequest,
  SettleResult,
  StopRequest,
  Store,
  StoreInfo,
  SupervisorRow,
  WorkerRow,
} from "../store.ts";
import type { GatedJob, GateFacts } from "../gate_facts.ts";
import type { QueueReport, WaitingKind } from "../queues.ts";
import { bucketsOf, type JobFilter, mustScan } from "../job_filter.ts";
import type { Move, MovedRow, MovedTable, MoveState, RowKey } from "../move.ts";
import { type Arrivals, type ArrivalSlice, readFirst, readPage, sumSlices } from "../slices.ts";
import type { Connection, Synchronous } from "./connection.ts";
import type { Driver } from "./driver.ts";
import {
  arrivals,
  countSlice,
  firstOfSlice,
  jobById,
  jobPage,
  jobsAmong,
  readCounts,
  sumCounters,
} from "./jobs.ts";
import { type OldestWaiting, Programs, type Statistics, type StatisticsRequest } from "../statistics.ts";
import { refuseWhileMoving } from "./move.ts";
import { readDefaults } from "./queue_defaults.ts";
import * as workers from "./workers.ts";

/** How much is on disk when a write returns: of requests (jobs accepted, orders given), and of the engine's own. */
const synchronousFor: Readonly<
  Record<Durability, { readonly requests: Synchronous; readonly engine: Synchronous }>
> = {
  strict: { requests: "FULL", engine: "FULL" },
  // What power loss takes with it is the settlement of a run, which then runs again.
  standard: { requests: "FULL", engine: "NORMAL" },
  relaxed: { requests: "NORMAL", engine: "NORMAL" },
};

/** Jobs changed in one transaction, so that no write takes long. */
const batchSize = 1000;

interface StoreOptions {
  readonly path: string;
  readonly driver: Driver;
  readonly durability: Durability;
  readonly clock: () => number;
}

export class SqliteStore implements Store {
  readonly info: StoreInfo;
  readonly #connection: Connection;
  readonly #clock: () => number;
  readonly #requests: Synchronous;
  readonly #engine: Synchronous;
  readonly #programs = new Programs();

  constructor(connection: Connection, options: StoreOptions, schemaVersion: number) {
    this.#connection = connection;
    this.#clock = options.clock;
    this.#requests = synchronousFor[options.durability].requests;
    this.#engine = synchronousFor[options.durability].engine;
    const { driver, path } = options;
    this.info = {
      driver: driver.name,
      driverNote: driver.note,
      get engineVersion() {
        return driver.sqliteVersion;
      },
      schemaVersion,
      location: path,
      isShared: false,
    };
  }

  now(): Promise<number> {
    return Promise.resolve(this.#clock());
  }

  async enqueue(jobs: readonly NewJob[], once?: OnceRequest): Promise<Accepted[]> {
    const links = jobs.some(({ after }) => after.length > 0) ? await import("./links.ts") : null;
    const isAnyUnique = jobs.some(({ unique }) => unique !== null);
    const store = isAnyUnique
      ? (await import("./accept.ts")).acceptJobs
      : (await import("./insert_jobs.ts")).insertJobs;
    const answers = once === undefined ? null : await import("./answers.ts");
    return await this.#request((now) => {
      this.#refuseWhileMoving();
      const accept = () => store(this.#connection, jobs, { now, links });
      return answers === null ? accept() : answers.answerOnce(this.#connection, once!, { now, accept });
    });
  }

  job(id: string): Promise<Job | null> {
    return this.#read(() => jobById(this.#connection, id));
  }

  jobsOf(ids: readonly string[]): Promise<(Job | null)[]> {
    return this.#read(() => ids.map((id) => jobById(this.#connection, id)));
  }

  async changedJobs(after: ChangePlace, limit: number): Promise<ChangedJob[]> {
    const { readChanges } = await import("./changed_jobs.ts");
    return await this.#read(() => readChanges(this.#connection, after, limit));
  }

  async jobs(page: JobPage): Promise<Job[]> {
    const read = (some: JobPage) => this.#read(() => jobPage(this.#connection, some));
    return mustScan(page) ? await readPage(page, await this.#arrivals(), read) : await read(page);
  }

  async firstJobs(filter: JobFilter, first: FirstJobs): Promise<Job[]> {
    const wanted = { ...first, now: this.#clock() };
    return await readFirst(
      await this.#arrivals(),
      wanted,
      (slice) => this.#read(() => firstOfSlice(this.#connection, filter, { ...wanted, slice })),
    );
  }

  async countJobs(filter: JobFilter, through?: number): Promise<number> {
    const buckets = through === undefined ? bucketsOf(filter) : null;
    if (buckets !== null) {
      return await this.#read(() => sumCounters(this.#connection, buckets, filter.queue ?? null));
    }
    const count = (slice: ArrivalSlice) => this.#read(() => countSlice(this.#connection, filter, slice));
    return await sumSlices(await this.#arrivals(), through, count);
  }

  async input(jobSeq: number): Promise<StoredInput | null> {
    const { inputOf } = await import("./inputs.ts");
    return await this.#read(() => inputOf(this.#connection, jobSeq));
  }

  async inputFiles(): Promise<string[]> {
    const { inputFiles } = await import("./inputs.ts");
    return await this.#read(() => inputFiles(this.#connection));
  }

  counts(): Promise<Counts> {
    return this.#read((now) => readCounts(this.#connection, now));
  }

  async runs(jobSeq: number): Promise<Run[]> {
    const { runsOf } = await import("./runs.ts");
    return await this.#read(() => runsOf(this.#connection, jobSeq));
  }

  async outputTail(jobSeq: number, run: number, stream: "out" | "err"): Promise<StreamTail | null> {
    const outputs = await import("./outputs.ts");
    return await this.#read(() => outputs.tailOf(this.#connection, { jobSeq, number: run }, stream));
  }

  async watchRun(run: Pick<RunRef, "jobSeq" | "number">, forMs: number): Promise<void> {
    const outputs = await import("./outputs.ts");
    return await this.#write((now) => outputs.markWatched(this.#connection, run, now + forMs));
  }

  async requests(workerId: string): Promise<RunRequest[]> {
    const { listRequests } = await import("./runs.ts");
    return await this.#read((now) => listRequests(this.#connection, workerId, now));
  }

  async publishOutput(run: RunRef, output: PublishedOutput): Promise<boolean> {
    const { heldBy } = await import("./runs.ts");
    const outputs = await import("./outputs.ts");
    return await this.#write((now) => {
      if (heldBy(this.#connection, run) === undefined) return false;
      outputs.publish(this.#connection, run, { ...output, now });
      return true;
    });
  }

  async reportProgress(run: RunRef, progress: Progress): Promise<boolean> {
    const { writeProgress } = await import("./progress.ts");
    return await this.#write(() => writeProgress(this.#connection, run, progress));
  }

  async progressOf(jobSeqs: readonly number[]): Promise<(Progress | null)[]> {
    const { readProgress } = await import("./progress.ts");
    return await this.#read(() => jobSeqs.map((seq) => readProgress(this.#connection, seq)));
  }

  async probe(workerId: string, queues: readonly string[]): Promise<Probe> {
    const { probe } = await import("./claims.ts");
    return await this.#read((now) => probe(this.#connection, workerId, queues, now));
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    const { claimJobs } = await import("./claims.ts");
    return await this.#write((now) => claimJobs(this.#connection, request, now));
  }

  async regate(): Promise<boolean> {
    const { regateSome } = await import("./gates.ts");
    return await this.#write(() => regateSome(this.#connection));
  }

  async expireDue(): Promise<number> {
    const { expireJobs } = await import("./expiry.ts");
    return await this.#write((now) => {
      this.#refuseWhileMoving();
      return expireJobs(this.#connection, now);
    });
  }

  async passOnEnds(): Promise<PassedOn> {
    const { hasEnds, nothingPassed, passOn } = await import("./ends.ts");
    // Without a lock where there is nothing, since many look.
    const isNone = await this.#read(() => !hasEnds(this.#connection, { withDeaths: false }));
    return isNone ? nothingPassed : await this.#change((now) => passOn(this.#connection, now));
  }

  async passOnDeaths(hookOf: ((dead: Job) => NewJob) | null): Promise<number> {
    const { passOnDeaths } = await import("./deaths.ts");
    return await this.#change((now) => passOnDeaths(this.#connection, hookOf, now));
  }

  async passOnWebhooks(deliveryOf: (event: WebhookEvent) => NewJob): Promise<number> {
    const { hasWebhookEvents } = await import("./webhook_events.ts");
    const { passOnWebhooks } = await import("./deliveries.ts");
    const isNone = await this.#read(() => !hasWebhookEvents(this.#connection));
    return isNone ? 0 : await this.#change((now) => passOnWebhooks(this.#connection, deliveryOf, now));
  }

  async links(request: LinksRequest): Promise<JobLink[]> {
    const { readLinks } = await import("./links.ts");
    return await this.#read(() => readLinks(this.#connection, request));
  }

  async countBroken(ids: readonly string[]): Promise<number> {
    const { countBroken } = await import("./links.ts");
    return await this.#read(() => countBroken(this.#connection, ids));
  }

  async recordIntent(run: RunRef, intent: Intent): Promise<boolean> {
    const { writeIntent } = await import("./runs.ts");
    return await this.#write(() => writeIntent(this.#connection, run, intent));
  }

  async settle(request: SettleRequest): Promise<SettleResult> {
    const { settleRun } = await import("./runs.ts");
    return await this.#write((now) =>
      settleRun(this.#connection, request, { now, programs: this.#programs })
    );
  }

  async statistics(request: StatisticsRequest): Promise<Statistics> {
    const { readStatistics } = await import("./statistics.ts");
    return await this.#read((now) => readStatistics(this.#connection, request, now));
  }

  async foldStatistics(): Promise<void> {
    const { foldStatistics } = await import("./statistics.ts");
    await this.#write((now) => foldStatistics(this.#connection, now));
  }

  async oldestWaiting(): Promise<OldestWaiting[]> {
    const { oldestWaiting } = await import("./statistics.ts");
    return await this.#read((now) => oldestWaiting(this.#connection, now));
  }

  async lostLeases(): Promise<number> {
    const { readLostLeases } = await import("./runs.ts");
    return await this.#read(() => readLostLeases(this.#connection));
  }

  registerWorker(worker: NewWorker): Promise<void> {
    return this.#write((now) => {
      this.#refuseWhileMoving();
      workers.insertWorker(this.#connection, worker, now);
    });
  }

  renewWorker(id: string): Promise<Renewal> {
    const { schemaVersion } = this.info;
    return this.#write((now) => workers.renew(this.#connection, id, { now, schemaVersion }));
  }

  async setHeld(workerId: string, held: string | null): Promise<void> {
    await this.#write(() =>
      this.#connection.sql("UPDATE workers SET held = ? WHERE id = ?").run(held, workerId)
    );
  }

  async removeWorker(id: string): Promise<void> {
    await this.expireWorker(id, null);
  }

  workers(): Promise<WorkerRow[]> {
    return this.#read(() => workers.listWorkers(this.#connection));
  }

  expireWorker(id: string, beat: number | null): Promise<boolean> {
    return this.#write(() => workers.deleteWorker(this.#connection, id, beat));
  }

  registerSupervisor(supervisor: NewSupervisor): Promise<void> {
    return this.#write((now) => {
      this.#refuseWhileMoving();
      workers.insertSupervisor(this.#connection, supervisor, now);
    });
  }

  async reportTrouble(supervisorId: string, trouble: string): Promise<void> {
    await this.#write(() =>
      this.#connection.sql("UPDATE supervisors SET trouble = ? WHERE id = ?").run(trouble, supervisorId)
    );
  }

  async removeSupervisor(id: string): Promise<void> {
    await this.#write(() => this.#connection.sql("DELETE FROM supervisors WHERE id = ?").run(id));
  }

  supervisors(): Promise<SupervisorRow[]> {
    return this.#read(() => workers.listSupervisors(this.#connection));
  }

  requestStop(request: StopRequest): Promise<string[]> {
    return this.#request(() => workers.markStopping(this.#connection, request));
  }

  async orphans(workerId: string): Promise<HeldRun[]> {
    const { listOrphans } = await import("./runs.ts");
    return await this.#read(() => listOrphans(this.#connection, workerId));
  }

  async heldRun(jobSeq: number): Promise<HeldRun | null> {
    const { findHeldRun } = await import("./runs.ts");
    return await this.#read(() => findHeldRun(this.#connection, jobSeq));
  }

  async takeOver(run: RunRef, workerId: string): Promise<RunRef | null> {
    const { takeOverRun } = await import("./runs.ts");
    return await this.#write((now) => takeOverRun(this.#connection, run, workerId, now));
  }

  async cancel(id: string): Promise<JobState | null> {
    const { cancelJob } = await import("./changes.ts");
    return await this.#change((now) => cancelJob(this.#connection, id, now));
  }

  async requestSignal(id: string, signal: JobSignal): Promise<JobState | null> {
    const { askForSignal } = await import("./signals.ts");
    return await this.#change(() => askForSignal(this.#connection, id, signal));
  }

  async takeSignals(run: RunRef): Promise<readonly JobSignal[]> {
    const { takeSignals } = await import("./signals.ts");
    return await this.#write(() => takeSignals(this.#connection, run));
  }

  async cancelMany(filter: JobFilter, span: ArrivalSpan): Promise<CancelledBatch | null> {
    const { cancelJobs } = await import("./changes.ts");
    const wanted = { ...filter, isUnfinished: true };
    // Found before, so that nobody waits for the writers' lock meanwhile.
    const found = await this.jobs({ ...wanted, ...span, order: "oldest", limit: batchSize });
    const seqs = found.map((job) => job.seq);
    // Also where none was found: a queue that is moved away says so.
    const changed = await this.#change((now) =>
      cancelJobs(this.#connection, jobsAmong(this.#connection, seqs, wanted), now)
    );
    const last = seqs.at(-1);
    return last === undefined ? null : { ...changed, last };
  }

  async retry(request: RetryRequest): Promise<JobState | null> {
    const { retryJob } = await import("./changes.ts");
    return await this.#change((now) => retryJob(this.#connection, request, now));
  }

  async edit(id: string, changes: JobChanges): Promise<EditedJob | null> {
    const { editJob } = await import("./edit.ts");
    return await this.#change((now) => editJob(this.#connection, { id, changes }, now));
  }

  async remove(id: string): Promise<RemovedJob | null> {
    const { removeJob } = await import("./changes.ts");
    return await this.#change(() => removeJob(this.#connection, id));
  }

  async retryDead(request: DeadRetry): Promise<RetriedDead> {
    const { retryDead } = await import("./changes.ts");
    return await this.#change((now) => retryDead(this.#connection, request, now));
  }

  async removeFinished(found: FoundJobs): Promise<RemovedBatch> {
    const { removeFinished } = await import("./removal.ts");
    // Not as durable as other requests: what comes back after a loss of power can be deleted again.
    return await this.#write((now) => {
      this.#refuseWhileMoving();
      return removeFinished(this.#connection, found, now);
    });
  }

  async giveBack(): Promise<boolean> {
    const { giveBack } = await import("./removal.ts");
    return await this.#connection.outside(() => giveBack(this.#connection));
  }

  async gateFacts(job: GatedJob): Promise<GateFacts> {
    const { readGateFacts } = await import("./gate_facts.ts");
    return await this.#read((now) => readGateFacts(this.#connection, job, now));
  }

  async queue(name: string): Promise<QueueReport | null> {
    const queues = await import("./queues.ts");
    const [report] = await this.#read(() => queues.reportQueues(this.#connection, name));
    return report ?? null;
  }

  async queues(): Promise<QueueReport[]> {
    const queues = await import("./queues.ts");
    return await this.#read(() => queues.reportQueues(this.#connection, null));
  }

  queueDefaults(names: readonly string[]): Promise<ReadonlyMap<string, QueueDefaults>> {
    return this.#read(() => readDefaults(this.#connection, names));
  }

  async changeQueue(name: string, change: QueueChange): Promise<Queue> {
    const queues = await import("./queues.ts");
    return await this.#change((now) => queues.changeQueue(this.#connection, { name, change }, now));
  }

  async renameQueue(from: string, to: string): Promise<number> {
    const queues = await import("./queues.ts");
    return await this.#change(() => queues.renameQueue(this.#connection, from, to));
  }

  onWake(): Promise<void> {
    // Who uses one file is on one machine, where the home's wake folder tells.
    return Promise.resolve();
  }

  watchEnds(): Promise<void> {
    return Promise.resolve();
  }

  onEnd(): Promise<void> {
    return Promise.resolve();
  }

  async moveState(): Promise<MoveState> {
    const { readMoveState } = await import("./move.ts");
    return await this.#read(() => readMoveState(this.#connection));
  }

  async changeMove(change: MoveChange): Promise<boolean> {
    const { writeMove } = await import("./move.ts");
    return await this.#connection.write(
      "FULL",
      () => writeMove(this.#connection, change, this.info.location),
    );
  }

  async exportRows(table: MovedTable, after: RowKey | null): Promise<MovedRow[]> {
    const { readRows } = await import("./move.ts");
    return await this.#read(() => readRows(this.#connection, table, after));
  }

  async importRows(move: Move, table: MovedTable, rows: readonly MovedRow[]): Promise<RowKey | null> {
    const { writeRows } = await import("./move.ts");
    return await this.#write(() => writeRows(this.#connection, move, { table, rows }));
  }

  async discardRows(move: Move): Promise<boolean> {
    const { deleteRows } = await import("./move.ts");
    return await this.#write(() => deleteRows(this.#connection, move));
  }

  async waitingKinds(): Promise<WaitingKind[]> {
    const queues = await import("./queues.ts");
    return await this.#read(() => queues.waitingKinds(this.#connection));
  }

  async recount(): Promise<void> {
    const { countAnew } = await import("./move.ts");
    return await this.#request(() => countAnew(this.#connection));
  }

  async check(): Promise<string[]> {
    const { findFaults } = await import("./check.ts");
    return await this.#read(() => findFaults(this.#connection));
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  #arrivals(): Promise<Arrivals> {
    return this.#read(() => arrivals(this.#connection));
  }

  #refuseWhileMoving(): void {
    refuseWhileMoving(this.#connection, this.info.location);
  }

  #read<T>(body: (now: number) => T): Promise<T> {
    return this.#connection.read(() => body(this.#clock()));
  }

  /** A change to jobs that someone asked for: not while they are moved. */
  #change<T>(body: (now: number) => T): Promise<T> {
    return this.#request((now) => {
      this.#refuseWhileMoving();
      return body(now);
    });
  }

  /** A write that someone asked for and will rely on. */
  #request<T>(body: (now: number) => T): Promise<T> {
    return this.#connection.write(this.#requests, () => body(this.#clock()));
  }

  /** A write of the engine, which recovery could repeat. */
  #write<T>(body: (now: number) => T): Promise<T> {
    return this.#connection.write(this.#engine, () => body(this.#clock()));
  }
}
