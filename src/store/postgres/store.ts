/** The Store on PostgreSQL: each method one transaction. */

import type { Job, JobState, NewJob } from "../../core/job.ts";
import type { JobChanges } from "../../core/job_changes.ts";
import type { Queue, QueueDefaults } from "../../core/queue.ts";
import type { QueueChange } from "../../core/queue_change.ts";
import type { WebhookEvent } from "../../core/webhook_delivery.ts";
import type { StoredInput } from "../../core/job_input.ts";
import type { Intent, Progress, Run, RunRef, StreamTail } from "../../core/run.ts";
import type { JobSignal } from "../../core/signals.ts";
import { jobOf, number } from "../rows.ts";
import type {
  Accepted,
  ArrivalSpan,
  CancelledBatch,
  ChangedJob,
  ChangePlace,
  Claimed,
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
import { type ArrivalSlice, readFirst, readPage, sumSlices } from "../slices.ts";
import { acceptJobs } from "./accept.ts";
import { answerOnce } from "./answers.ts";
import { readChanges } from "./changed_jobs.ts";
import { findFaults } from "./check.ts";
import type { Connection, Queries } from "./connection.ts";
import { readCounts } from "./counts.ts";
import { cancelJob, cancelJobs, removeJob, retryDead, retryJob } from "./changes.ts";
import {
  arrivals,
  countSlice,
  firstOfSlice,
  jobById,
  jobPage,
  jobsById,
  lockAmong,
  sumCounters,
} from "./jobs.ts";
import { claimWithinLimits, isPattern, probe } from "./claims.ts";
import { passOnDeaths } from "./deaths.ts";
import { passOnWebhooks } from "./deliveries.ts";
import { lockKeyLimits, lookForGates, promoteDue, regateKeys, regateSome } from "./gates.ts";
import { editJob } from "./edit.ts";
import { hasEnds, passOn } from "./ends.ts";
import { expireJobs } from "./expiry.ts";
import { inputFiles, inputOf } from "./inputs.ts";
import {
  countAnew,
  deleteRows,
  readMoveState,
  readRows,
  refuseWhileMoving,
  writeMove,
  writeRows,
} from "./move.ts";
import { removeFinished } from "./removal.ts";
import { countBroken, readLinks } from "./links.ts";
import {
  earlierSettlement,
  findHeldRun,
  heldBy,
  listOrphans,
  listRequests,
  progressOf,
  runsOf,
  takeOverRun,
  writeIntent,
} from "./runs.ts";
import { type Settling, type Turn, turnOf, type TurnRequest, turnsText, turnValues } from "./turn.ts";
import { Turns } from "./turns.ts";
import { readGateFacts } from "./gate_facts.ts";
import * as outputs from "./outputs.ts";
import * as queues from "./queues.ts";
import { readProgress, writeProgress } from "./progress.ts";
import { askForSignal, takeSignals } from "./signals.ts";
import { foldStatistics, mustFold, oldestWaiting, readLostLeases, readStatistics } from "./statistics.ts";
import { type OldestWaiting, Programs, type Statistics, type StatisticsRequest } from "../statistics.ts";
import * as waits from "./waits.ts";
import { hasWebhookEvents } from "./webhook_events.ts";
import * as workers from "./workers.ts";

/** Jobs changed in one transaction, so that no write takes long. */
const batchSize = 1000;

/** Whether a turn can look for it: names of queues, or all of them. */
function isPlain({ queues }: ClaimRequest): boolean {
  return !queues.some(isPattern) || (queues.length === 1 && queues[0] === "*");
}

export class PostgresStore implements Store {
  readonly info: StoreInfo;
  readonly #connection: Connection;
  readonly #turns: Turns;
  readonly #programs = new Programs();
  /** Settlements that were sent, and of which nothing was heard. */
  readonly #unsure = new Set<string>();
  /** The jobs of the runs that were handed out. */
  readonly #claimed = new WeakMap<RunRef, Job>();

  constructor(connection: Connection, info: StoreInfo) {
    this.#connection = connection;
    this.#turns = new Turns((text, ...values) => connection.writeAtOnce(text, ...values), this.#programs);
    this.info = info;
  }

  now(): Promise<number> {
    return this.#connection.read(async (queries) =>
      number((await queries.first("SELECT @now AS now"))!, "now")
    );
  }

  enqueue(jobs: readonly NewJob[], once?: OnceRequest): Promise<Accepted[]> {
    return this.#addition(async (queries) => {
      // Numbers beyond the sequence are there while jobs of another store are brought here.
      const accept = () => acceptJobs(queries, jobs, () => refuseWhileMoving(queries, this.info.location));
      const accepted = once === undefined ? await accept() : await answerOnce(queries, once, accept);
      await queries.notify("wake");
      return accepted;
    });
  }

  job(id: string): Promise<Job | null> {
    return this.#connection.read((queries) => jobById(queries, id));
  }

  jobsOf(ids: readonly string[]): Promise<(Job | null)[]> {
    return this.#connection.read((queries) => jobsById(queries, ids));
  }

  changedJobs(after: ChangePlace, limit: number): Promise<ChangedJob[]> {
    return this.#connection.read((queries) => readChanges(queries, after, limit));
  }

  async jobs(page: JobPage): Promise<Job[]> {
    const read = (some: JobPage) => this.#connection.read((queries) => jobPage(queries, some));
    return mustScan(page)
      ? await readPage(page, await this.#connection.read(arrivals), read)
      : await read(page);
  }

  async firstJobs(filter: JobFilter, first: FirstJobs): Promise<Job[]> {
    const arrived = await this.#connection.read(arrivals);
    return await readFirst(
      arrived,
      { ...first, now: await this.now() },
      (slice) => this.#connection.read((queries) => firstOfSlice(queries, filter, { ...first, slice })),
    );
  }

  async countJobs(filter: JobFilter, through?: number): Promise<number> {
    const buckets = through === undefined ? bucketsOf(filter) : null;
    if (buckets !== null) {
      return await this.#connection.read((queries) => sumCounters(queries, buckets, filter.queue ?? null));
    }
    const count = (slice: ArrivalSlice) =>
      this.#connection.read((queries) => countSlice(queries, filter, slice));
    return await sumSlices(await this.#connection.read(arrivals), through, count);
  }

  input(jobSeq: number): Promise<StoredInput | null> {
    return this.#connection.read((queries) => inputOf(queries, jobSeq));
  }

  inputFiles(): Promise<string[]> {
    return this.#connection.read(inputFiles);
  }

  counts(): Promise<Counts> {
    return this.#connection.snapshot(readCounts);
  }

  runs(jobSeq: number): Promise<Run[]> {
    return this.#connection.read((queries) => runsOf(queries, jobSeq));
  }

  outputTail(jobSeq: number, run: number, stream: "out" | "err"): Promise<StreamTail | null> {
    return this.#connection.read((queries) => outputs.tailOf(queries, { jobSeq, number: run }, stream));
  }

  watchRun(run: Pick<RunRef, "jobSeq" | "number">, forMs: number): Promise<void> {
    return this.#connection.write(async (queries) => {
      await outputs.markWatched(queries, run, forMs);
      await queries.notify("wake");
    });
  }

  requests(workerId: string): Promise<RunRequest[]> {
    return this.#connection.read((queries) => listRequests(queries, workerId));
  }

  publishOutput(run: RunRef, output: PublishedOutput): Promise<boolean> {
    return this.#connection.write(async (queries) => {
      if (await heldBy(queries, run) === undefined) return false;
      await outputs.publish(queries, run, output);
      return true;
    });
  }

  reportProgress(run: RunRef, progress: Progress): Promise<boolean> {
    return this.#connection.write((queries) => writeProgress(queries, run, progress));
  }

  progressOf(jobSeqs: readonly number[]): Promise<(Progress | null)[]> {
    return this.#connection.read((queries) => readProgress(queries, jobSeqs));
  }

  probe(workerId: string, queues: readonly string[]): Promise<Probe> {
    return this.#connection.read((queries) => probe(queries, workerId, queues));
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    if (!isPlain(request)) return await this.#claimWithinLimits(request);
    const turn = await this.#turn({ settle: null, claim: request });
    return { claimed: turn.mayClaim ? await this.#claimOn(request, turn) : null };
  }

  /** Where jobs have demands, queues limits, or names stand for several: looks at all of it first. */
  async #claimWithinLimits(request: ClaimRequest): Promise<ClaimResult> {
    const { isMarked, isDue } = await this.#connection.read(lookForGates);
    if (isMarked) await this.#connection.write(regateSome);
    if (isDue) await this.#connection.write(promoteDue);
    const claimed = await this.#connection.write((queries) => claimWithinLimits(queries, request));
    for (const { run, job } of claimed ?? []) this.#claimed.set(run, job);
    return { claimed };
  }

  async regate(): Promise<boolean> {
    const { isMarked } = await this.#connection.read(lookForGates);
    return isMarked && await this.#connection.write(regateSome);
  }

  expireDue(): Promise<number> {
    return this.#addition(expireJobs);
  }

  async passOnEnds(): Promise<PassedOn> {
    if (!await this.#connection.read(hasEnds)) return { opened: 0, ended: 0, revived: 0, hasMore: false };
    return await this.#addition(async (queries) => {
      const passed = await passOn(queries);
      if (passed.opened > 0) await queries.notify("wake");
      return passed;
    });
  }

  passOnDeaths(hookOf: ((dead: Job) => NewJob) | null): Promise<number> {
    return this.#addition(async (queries) => {
      const count = await passOnDeaths(queries, hookOf);
      if (count > 0 && hookOf !== null) await queries.notify("wake");
      return count;
    });
  }

  async passOnWebhooks(deliveryOf: (event: WebhookEvent) => NewJob): Promise<number> {
    if (!await this.#connection.read(hasWebhookEvents)) return 0;
    return await this.#addition(async (queries) => {
      const count = await passOnWebhooks(queries, deliveryOf);
      if (count > 0) await queries.notify("wake");
      return count;
    });
  }

  links(request: LinksRequest): Promise<JobLink[]> {
    return this.#connection.read((queries) => readLinks(queries, request));
  }

  countBroken(ids: readonly string[]): Promise<number> {
    return this.#connection.read((queries) => countBroken(queries, ids));
  }

  recordIntent(run: RunRef, intent: Intent): Promise<boolean> {
    return this.#connection.write((queries) => writeIntent(queries, run, intent));
  }

  async settle(request: SettleRequest): Promise<SettleResult> {
    const { jobSeq, number, token } = request.run;
    const name = `${jobSeq} ${number} ${token}`;
    const isUnsure = this.#unsure.has(name);
    // Until the answer is there, it may have been carried out.
    this.#unsure.add(name);
    const result = await this.#settle(request) ??
      (isUnsure ? await this.#connection.read((queries) => earlierSettlement(queries, request.run)) : null);
    this.#unsure.delete(name);
    return result;
  }

  statistics(request: StatisticsRequest): Promise<Statistics> {
    return this.#connection.snapshot((queries) => readStatistics(queries, request));
  }

  async foldStatistics(): Promise<void> {
    if (await this.#connection.read(mustFold)) await this.#connection.write(foldStatistics);
  }

  oldestWaiting(): Promise<OldestWaiting[]> {
    return this.#connection.read(oldestWaiting);
  }

  lostLeases(): Promise<number> {
    return this.#connection.read(readLostLeases);
  }

  async #settle(request: SettleRequest): Promise<SettleResult> {
    const { run, next } = request;
    const job = this.#claimed.get(run) ??
      await this.#connection.read((queries) => progressOf(queries, run));
    if (job === null) return null;
    if (job.key !== null || (next !== null && !isPlain(next))) {
      return await this.#settleApart({ job, request }, next);
    }
    const turn = await this.#turn({ settle: { job, request }, claim: next });
    if (turn.settled === null) return null;
    return { ...turn.settled, claimed: turn.mayClaim ? await this.#claimOn(next!, turn) : [] };
  }

  /** The settlement of a job with a key lets the next one of that key go, in the same transaction. */
  async #settleApart(settle: Settling, next: ClaimRequest | null): Promise<SettleResult> {
    const settled = await this.#connection.write(async (queries) => {
      const held = await heldBy(queries, settle.request.run);
      if (held === undefined) return null;
      const { queue, key } = jobOf(held);
      await lockKeyLimits(queries, [queue]);
      const turn = turnOf(
        await queries.all(turnsText(1), ...turnValues({ settle, claim: null }, [], this.#programs)),
        [],
      );
      if (key !== null) await regateKeys(queries, [{ queue, key }]);
      return turn.settled;
    });
    if (settled === null) return null;
    return { ...settled, claimed: next === null ? [] : (await this.claim(next)).claimed ?? [] };
  }

  /** Claims from the second queue on what is left to claim. */
  async #claimOn(request: ClaimRequest, { claimed, isLimited }: Turn): Promise<readonly Claimed[]> {
    const limit = request.limit - claimed.length;
    const queues = isLimited ? request.queues : request.queues.slice(1);
    if (limit === 0 || queues.length === 0) return claimed;
    const rest = { ...request, limit, queues };
    const more = await (isLimited ? this.#claimWithinLimits(rest) : this.claim(rest));
    return [...claimed, ...more.claimed ?? []];
  }

  async #turn(request: TurnRequest): Promise<Turn> {
    const turn = await this.#turns.take(request);
    for (const { run, job } of turn.claimed) this.#claimed.set(run, job);
    return turn;
  }

  registerWorker(worker: NewWorker): Promise<void> {
    return this.#addition((queries) => workers.insertWorker(queries, worker));
  }

  renewWorker(id: string): Promise<Renewal> {
    return this.#connection.write((queries) => workers.renew(queries, id, this.info.schemaVersion));
  }

  async setHeld(workerId: string, held: string | null): Promise<void> {
    await this.#connection.write((queries) =>
      queries.run("UPDATE @workers SET held = $1 WHERE id = $2", held, workerId)
    );
  }

  async removeWorker(id: string): Promise<void> {
    await this.expireWorker(id, null);
  }

  workers(): Promise<WorkerRow[]> {
    return this.#connection.snapshot(workers.listWorkers);
  }

  expireWorker(id: string, beat: number | null): Promise<boolean> {
    return this.#connection.write((queries) => workers.deleteWorker(queries, id, beat));
  }

  registerSupervisor(supervisor: NewSupervisor): Promise<void> {
    return this.#addition((queries) => workers.insertSupervisor(queries, supervisor));
  }

  async reportTrouble(supervisorId: string, trouble: string): Promise<void> {
    await this.#connection.write((queries) =>
      queries.run("UPDATE @supervisors SET trouble = $1 WHERE id = $2", trouble, supervisorId)
    );
  }

  async removeSupervisor(id: string): Promise<void> {
    await this.#connection.write((queries) => queries.run("DELETE FROM @supervisors WHERE id = $1", id));
  }

  supervisors(): Promise<SupervisorRow[]> {
    return this.#connection.read(workers.listSupervisors);
  }

  requestStop(request: StopRequest): Promise<string[]> {
    return this.#connection.write(async (queries) => {
      const changed = await workers.markStopping(queries, request);
      await queries.notify("wake");
      return changed;
    });
  }

  orphans(workerId: string): Promise<HeldRun[]> {
    return this.#connection.snapshot((queries) => listOrphans(queries, workerId));
  }

  heldRun(jobSeq: number): Promise<HeldRun | null> {
    return this.#connection.snapshot((queries) => findHeldRun(queries, jobSeq));
  }

  takeOver(run: RunRef, workerId: string): Promise<RunRef | null> {
    return this.#connection.write((queries) => takeOverRun(queries, run, workerId));
  }

  cancel(id: string): Promise<JobState | null> {
    return this.#change((queries) => cancelJob(queries, id));
  }

  requestSignal(id: string, signal: JobSignal): Promise<JobState | null> {
    return this.#change((queries) => askForSignal(queries, id, signal));
  }

  takeSignals(run: RunRef): Promise<readonly JobSignal[]> {
    return this.#connection.write((queries) => takeSignals(queries, run));
  }

  async cancelMany(filter: JobFilter, span: ArrivalSpan): Promise<CancelledBatch | null> {
    const wanted = { ...filter, isUnfinished: true };
    // Found before, so that no job is locked while others are looked for.
    const found = await this.jobs({ ...wanted, ...span, order: "oldest", limit: batchSize });
    const seqs = found.map((job) => job.seq);
    // Also where none was found: a queue that is moved away says so.
    const changed = await this.#change(async (queries) =>
      await cancelJobs(queries, await lockAmong(queries, seqs, wanted))
    );
    const last = seqs.at(-1);
    return last === undefined ? null : { ...changed, last };
  }

  retry(request: RetryRequest): Promise<JobState | null> {
    return this.#change((queries) => retryJob(queries, request));
  }

  edit(id: string, changes: JobChanges): Promise<EditedJob | null> {
    return this.#change((queries) => editJob(queries, id, changes));
  }

  remove(id: string): Promise<RemovedJob | null> {
    return this.#change((queries) => removeJob(queries, id));
  }

  retryDead(request: DeadRetry): Promise<RetriedDead> {
    return this.#change((queries) => retryDead(queries, request));
  }

  removeFinished(found: FoundJobs): Promise<RemovedBatch> {
    return this.#addition((queries) => removeFinished(queries, found));
  }

  giveBack(): Promise<boolean> {
    // The server's autovacuum does.
    return Promise.resolve(false);
  }

  gateFacts(job: GatedJob): Promise<GateFacts> {
    return this.#connection.snapshot((queries) => readGateFacts(queries, job));
  }

  async queue(name: string): Promise<QueueReport | null> {
    const [report] = await this.#connection.snapshot((queries) => queues.reportQueues(queries, name));
    return report ?? null;
  }

  queues(): Promise<QueueReport[]> {
    return this.#connection.snapshot((queries) => queues.reportQueues(queries, null));
  }

  queueDefaults(names: readonly string[]): Promise<ReadonlyMap<string, QueueDefaults>> {
    return this.#connection.read((queries) => queues.readDefaults(queries, names));
  }

  changeQueue(name: string, change: QueueChange): Promise<Queue> {
    return this.#change((queries) => queues.changeQueue(queries, name, change));
  }

  renameQueue(from: string, to: string): Promise<number> {
    return this.#change((queries) => queues.renameQueue(queries, from, to));
  }

  onWake(callback: () => void): Promise<void> {
    return this.#connection.listen("wake", callback);
  }

  watchEnds(jobSeqs: readonly number[]): Promise<void> {
    return this.#connection.write((queries) => waits.add(queries, jobSeqs));
  }

  onEnd(callback: () => void): Promise<void> {
    return this.#connection.listen("end", callback);
  }

  moveState(): Promise<MoveState> {
    return this.#connection.read(readMoveState);
  }

  changeMove(change: MoveChange): Promise<boolean> {
    return this.#connection.write((queries) => writeMove(queries, change, this.info.location));
  }

  exportRows(table: MovedTable, after: RowKey | null): Promise<MovedRow[]> {
    return this.#connection.read((queries) => readRows(queries, table, after));
  }

  importRows(move: Move, table: MovedTable, rows: readonly MovedRow[]): Promise<RowKey | null> {
    return this.#connection.write((queries) => writeRows(queries, move, { table, rows }));
  }

  discardRows(move: Move): Promise<boolean> {
    return this.#connection.write((queries) => deleteRows(queries, move));
  }

  waitingKinds(): Promise<WaitingKind[]> {
    return this.#connection.read(queues.waitingKinds);
  }

  recount(): Promise<void> {
    return this.#connection.write(async (queries) => {
      // Then nobody has changed jobs without having counted them.
      await queries.run("LOCK TABLE @jobs IN SHARE ROW EXCLUSIVE MODE");
      await countAnew(queries);
    });
  }

  check(): Promise<string[]> {
    return this.#connection.snapshot(findFaults);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** A change to jobs that someone asked for. */
  #change<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#addition(async (queries) => {
      const result = await body(queries);
      await queries.notify("wake");
      return result;
    });
  }

  /** A write that gives the store something new to do: not while its jobs are moved. */
  #addition<T>(body: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#connection.write(async (queries) => {
      const result = await body(queries);
      await refuseWhileMoving(queries, this.info.location);
      return result;
    });
  }
}
