/** The Store on SQLite: one connection, each method one transaction. */

import type { JobState, NewJob } from "../../core/job.ts";
import type { Job } from "../../core/job.ts";
import type { JobChanges } from "../../core/job_changes.ts";
import type { Queue, QueueDefaults } from "../../core/queue.ts";
import type { QueueChange } from "../../core/queue_change.ts";
import type { StoredInput } from "../../core/job_input.ts";
import type { Intent, Progress, Run, RunRef, StreamTail } from "../../core/run.ts";
import type { JobSignal } from "../../core/signals.ts";
import type { Durability } from "../../core/settings.ts";
import type {
  Accepted,
  ArrivalSpan,
  CancelledBatch,
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
import { acceptJobs } from "./accept.ts";
import { findFaults } from "./check.ts";
import type { Connection, Synchronous } from "./connection.ts";
import type { Driver } from "./driver.ts";
import { cancelJob, cancelJobs, removeJob, retryDead, retryJob } from "./changes.ts";
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
import { regateSome } from "./gates.ts";
import { passOnDeaths } from "./deaths.ts";
import { countBroken, readLinks } from "./links.ts";
import { editJob } from "./edit.ts";
import { hasEnds, nothingPassed, passOn } from "./ends.ts";
import { expireJobs } from "./expiry.ts";
import { inputFiles, inputOf } from "./inputs.ts";
import { claimJobs, probe } from "./claims.ts";
import {
  countAnew,
  deleteRows,
  readMoveState,
  readRows,
  refuseWhileMoving,
  writeMove,
  writeRows,
} from "./move.ts";
import { giveBack, removeFinished } from "./removal.ts";
import {
  findHeldRun,
  heldBy,
  listOrphans,
  listRequests,
  readLostLeases,
  runsOf,
  settleRun,
  takeOverRun,
  writeIntent,
} from "./runs.ts";
import { readGateFacts } from "./gate_facts.ts";
import * as outputs from "./outputs.ts";
import * as queues from "./queues.ts";
import { readProgress, writeProgress } from "./progress.ts";
import { askForSignal, takeSignals } from "./signals.ts";
import { foldStatistics, oldestWaiting, readStatistics } from "./statistics.ts";
import { type OldestWaiting, Programs, type Statistics, type StatisticsRequest } from "../statistics.ts";
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

  enqueue(jobs: readonly NewJob[]): Promise<Accepted[]> {
    return this.#request((now) => {
      this.#refuseWhileMoving();
      return acceptJobs(this.#connection, jobs, now);
    });
  }

  job(id: string): Promise<Job | null> {
    return this.#read(() => jobById(this.#connection, id));
  }

  jobsOf(ids: readonly string[]): Promise<(Job | null)[]> {
    return this.#read(() => ids.map((id) => jobById(this.#connection, id)));
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

  input(jobSeq: number): Promise<StoredInput | null> {
    return this.#read(() => inputOf(this.#connection, jobSeq));
  }

  inputFiles(): Promise<string[]> {
    return this.#read(() => inputFiles(this.#connection));
  }

  counts(): Promise<Counts> {
    return this.#read((now) => readCounts(this.#connection, now));
  }

  runs(jobSeq: number): Promise<Run[]> {
    return this.#read(() => runsOf(this.#connection, jobSeq));
  }

  outputTail(jobSeq: number, run: number, stream: "out" | "err"): Promise<StreamTail | null> {
    return this.#read(() => outputs.tailOf(this.#connection, { jobSeq, number: run }, stream));
  }

  watchRun(run: Pick<RunRef, "jobSeq" | "number">, forMs: number): Promise<void> {
    return this.#write((now) => outputs.markWatched(this.#connection, run, now + forMs));
  }

  requests(workerId: string): Promise<RunRequest[]> {
    return this.#read((now) => listRequests(this.#connection, workerId, now));
  }

  publishOutput(run: RunRef, output: PublishedOutput): Promise<boolean> {
    return this.#write((now) => {
      if (heldBy(this.#connection, run) === undefined) return false;
      outputs.publish(this.#connection, run, { ...output, now });
      return true;
    });
  }

  reportProgress(run: RunRef, progress: Progress): Promise<boolean> {
    return this.#write(() => writeProgress(this.#connection, run, progress));
  }

  progressOf(jobSeqs: readonly number[]): Promise<(Progress | null)[]> {
    return this.#read(() => jobSeqs.map((seq) => readProgress(this.#connection, seq)));
  }

  probe(workerId: string, queues: readonly string[]): Promise<Probe> {
    return this.#read((now) => probe(this.#connection, workerId, queues, now));
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    return this.#write((now) => claimJobs(this.#connection, request, now));
  }

  regate(): Promise<boolean> {
    return this.#write(() => regateSome(this.#connection));
  }

  expireDue(): Promise<number> {
    return this.#write((now) => {
      this.#refuseWhileMoving();
      return expireJobs(this.#connection, now);
    });
  }

  async passOnEnds(): Promise<PassedOn> {
    // Without a lock where there is nothing, since many look.
    const isNone = await this.#read(() => !hasEnds(this.#connection, { withDeaths: false }));
    return isNone ? nothingPassed : await this.#change((now) => passOn(this.#connection, now));
  }

  passOnDeaths(hookOf: ((dead: Job) => NewJob) | null): Promise<number> {
    return this.#change((now) => passOnDeaths(this.#connection, hookOf, now));
  }

  links(request: LinksRequest): Promise<JobLink[]> {
    return this.#read(() => readLinks(this.#connection, request));
  }

  countBroken(ids: readonly string[]): Promise<number> {
    return this.#read(() => countBroken(this.#connection, ids));
  }

  recordIntent(run: RunRef, intent: Intent): Promise<boolean> {
    return this.#write(() => writeIntent(this.#connection, run, intent));
  }

  settle(request: SettleRequest): Promise<SettleResult> {
    return this.#write((now) => settleRun(this.#connection, request, { now, programs: this.#programs }));
  }

  statistics(request: StatisticsRequest): Promise<Statistics> {
    return this.#read((now) => readStatistics(this.#connection, request, now));
  }

  foldStatistics(): Promise<void> {
    return this.#write((now) => foldStatistics(this.#connection, now));
  }

  oldestWaiting(): Promise<OldestWaiting[]> {
    return this.#read((now) => oldestWaiting(this.#connection, now));
  }

  lostLeases(): Promise<number> {
    return this.#read(() => readLostLeases(this.#connection));
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

  orphans(workerId: string): Promise<HeldRun[]> {
    return this.#read(() => listOrphans(this.#connection, workerId));
  }

  heldRun(jobSeq: number): Promise<HeldRun | null> {
    return this.#read(() => findHeldRun(this.#connection, jobSeq));
  }

  takeOver(run: RunRef, workerId: string): Promise<RunRef | null> {
    return this.#write((now) => takeOverRun(this.#connection, run, workerId, now));
  }

  cancel(id: string): Promise<JobState | null> {
    return this.#change((now) => cancelJob(this.#connection, id, now));
  }

  requestSignal(id: string, signal: JobSignal): Promise<JobState | null> {
    return this.#change(() => askForSignal(this.#connection, id, signal));
  }

  takeSignals(run: RunRef): Promise<readonly JobSignal[]> {
    return this.#write(() => takeSignals(this.#connection, run));
  }

  async cancelMany(filter: JobFilter, span: ArrivalSpan): Promise<CancelledBatch | null> {
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

  retry(request: RetryRequest): Promise<JobState | null> {
    return this.#change((now) => retryJob(this.#connection, request, now));
  }

  edit(id: string, changes: JobChanges): Promise<EditedJob | null> {
    return this.#change((now) => editJob(this.#connection, { id, changes }, now));
  }

  remove(id: string): Promise<RemovedJob | null> {
    return this.#change(() => removeJob(this.#connection, id));
  }

  retryDead(request: DeadRetry): Promise<RetriedDead> {
    return this.#change((now) => retryDead(this.#connection, request, now));
  }

  removeFinished(found: FoundJobs): Promise<RemovedBatch> {
    // Not as durable as other requests: what comes back after a loss of power can be deleted again.
    return this.#write((now) => {
      this.#refuseWhileMoving();
      return removeFinished(this.#connection, found, now);
    });
  }

  giveBack(): Promise<boolean> {
    return this.#connection.outside(() => giveBack(this.#connection));
  }

  gateFacts(job: GatedJob): Promise<GateFacts> {
    return this.#read((now) => readGateFacts(this.#connection, job, now));
  }

  async queue(name: string): Promise<QueueReport | null> {
    const [report] = await this.#read(() => queues.reportQueues(this.#connection, name));
    return report ?? null;
  }

  queues(): Promise<QueueReport[]> {
    return this.#read(() => queues.reportQueues(this.#connection, null));
  }

  queueDefaults(names: readonly string[]): Promise<ReadonlyMap<string, QueueDefaults>> {
    return this.#read(() => queues.readDefaults(this.#connection, names));
  }

  changeQueue(name: string, change: QueueChange): Promise<Queue> {
    return this.#change((now) => queues.changeQueue(this.#connection, { name, change }, now));
  }

  renameQueue(from: string, to: string): Promise<number> {
    return this.#change(() => queues.renameQueue(this.#connection, from, to));
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

  moveState(): Promise<MoveState> {
    return this.#read(() => readMoveState(this.#connection));
  }

  changeMove(change: MoveChange): Promise<boolean> {
    return this.#connection.write("FULL", () => writeMove(this.#connection, change, this.info.location));
  }

  exportRows(table: MovedTable, after: RowKey | null): Promise<MovedRow[]> {
    return this.#read(() => readRows(this.#connection, table, after));
  }

  importRows(move: Move, table: MovedTable, rows: readonly MovedRow[]): Promise<RowKey | null> {
    return this.#write(() => writeRows(this.#connection, move, { table, rows }));
  }

  discardRows(move: Move): Promise<boolean> {
    return this.#write(() => deleteRows(this.#connection, move));
  }

  waitingKinds(): Promise<WaitingKind[]> {
    return this.#read(() => queues.waitingKinds(this.#connection));
  }

  recount(): Promise<void> {
    return this.#request(() => countAnew(this.#connection));
  }

  check(): Promise<string[]> {
    return this.#read(() => findFaults(this.#connection));
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
