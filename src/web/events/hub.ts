/**
 * Tells clients what changes in the queue. However many they are, the store is asked once for all of them, and not at
 * all while there is none.
 *
 * The source are the jobs themselves, by when each was last changed. So an event tells what a job is now: of several
 * changes between two looks only the last one shows, and a job that was removed shows no more. Each is told at least
 * once, also to a client that comes back with the id of the last one that it had; it may be told twice.
 */

import { isoTime, statusJson } from "../../operations/json.ts";
import { stateOf } from "../../operations/list_workers.ts";
import type { z } from "zod";
import type { ServedQueue } from "../../operations/served_queue.ts";
import type { ChangedJob, ChangePlace, Store } from "../../store/store.ts";
import { RequestRefused } from "../problem_response.ts";
import type { jobChange } from "../schemas/job_change.ts";
import { EventClient } from "./client.ts";
import { encodeEvent, keepAlive, keepAliveMs } from "./sse.ts";

/** How often the store is looked at, in milliseconds, where nothing wakes it before. */
const lookEveryMs = 250;
/** The status is told when it has changed, and not more often than so. */
const statusEveryMs = 1000;
/** How often it is looked at where no job has changed: workers come and go, too. */
const quietStatusEveryMs = 5000;
/** The most changes that are told one by one; of more it is told that they are too many. */
export const mostChanges = 1000;
/**
 * In one file changes appear in the order of their times, which are whole milliseconds. Of several hosts a transaction
 * may appear later than one that began after it.
 */
const overlapMs = { local: 2, shared: 2000 };
/** A change that was made so long ago is seen by now. */
const settledMs = 30_000;
export const mostClients = 1000;

export class EventHub {
  readonly #queue: ServedQueue;
  readonly #report: (error: unknown) => void;
  readonly #clients = new Set<EventClient>();
  /** What was told of the jobs that changed within the overlap: the marks of their changes, by arrival number. */
  readonly #told = new Map<number, Mark>();
  /** When the last change was made that was seen. */
  #seenAt = 0;
  #status = "";
  #statusAt = -Infinity;
  #mustTellStatus = false;
  #lastKeepAlive = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;

  constructor(queue: ServedQueue, report: (error: unknown) => void) {
    this.#queue = queue;
    this.#report = report;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** A new client; `lastId` is that of the last event it had, or null. */
  async join(lastId: string | null): Promise<EventClient> {
    if (this.#clients.size >= mostClients) {
      throw new RequestRefused(503, `Cannot tell more than ${mostClients} clients what happens`);
    }
    const client = new EventClient(() => this.#leave(client));
    this.#clients.add(client);
    try {
      const store = await this.#queue.store();
      client.send(encodeEvent({ event: "hello", id: await this.#hello(store), data: {} }));
      if (lastId !== null) await this.#catchUp(client, store, lastId);
    } catch (error) {
      this.#leave(client);
      throw error;
    }
    if (this.#timer === undefined) this.#start();
    return client;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #leave(client: EventClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told.clear();
  }

  /** The place from which the first look goes on, as an id: a client that leaves before any event can come back to it. */
  async #hello(store: Store | null): Promise<string> {
    if (store !== null && this.#timer === undefined) await this.#findPlace(store);
    return formatPlace({ at: this.#seenAt, seq: 0 });
  }

  /** What is being written now has an earlier time, so the place is that of the last change, and not now. */
  async #findPlace(store: Store): Promise<void> {
    let place = { at: await store.now() - settledMs, seq: 0 };
    for (;;) {
      const changes = await store.changedJobs(place, mostChanges);
      const last = changes.at(-1);
      if (last === undefined) break;
      place = { at: last.updatedAt, seq: last.seq };
      this.#told.clear();
      for (const change of changes) this.#told.set(change.seq, markOf(change));
    }
    this.#seenAt = place.at;
  }

  async #catchUp(client: EventClient, store: Store | null, lastId: string): Promise<void> {
    const place = parsePlace(lastId);
    if (store === null) return;
    const now = await store.now();
    const changes = place === null || place.at > now
      ? null
      : await store.changedJobs({ ...place, at: place.at - this.#overlap(store) }, mostChanges + 1);
    if (changes === null || changes.length > mostChanges) {
      client.send(encodeEvent({ event: "reset", data: { why: place === null ? "unknown" : "many" } }));
    } else {
      for (const change of changes) client.send(jobEvent(change));
    }
  }

  #start(): void {
    this.#lastKeepAlive = this.#queue.machine.clock.monotonic();
    this.#again();
  }

  #again(): void {
    this.#timer = setTimeout(async () => {
      if (!this.#isLooking) {
        this.#isLooking = true;
        try {
          await this.#look();
        } catch (error) {
          // The store does not serve just now; the next look goes on from where this one began.
          if (!isUnavailable(error)) this.#report(error);
        } finally {
          this.#isLooking = false;
        }
      }
      if (this.#timer !== undefined) this.#again();
    }, lookEveryMs);
  }

  async #look(): Promise<void> {
    const monotonic = this.#queue.machine.clock.monotonic();
    if (monotonic - this.#lastKeepAlive >= keepAliveMs) {
      this.#lastKeepAlive = monotonic;
      this.#broadcast(keepAlive);
    }
    const store = await this.#queue.store();
    if (store === null) return;
    const now = await store.now();
    const overlap = this.#overlap(store);
    // A clock that was set back would hide all changes until it is where it was.
    if (now < this.#seenAt - overlap) return await this.#reset("clock", store);
    const from = { at: this.#seenAt - overlap, seq: 0 };
    const changes = await store.changedJobs(from, mostChanges + this.#told.size + 1);
    if (changes.length > mostChanges + this.#told.size) return await this.#reset("many", store);
    const isNews = changes.filter((change) => this.#isNew(change)).length > 0;
    this.#seenAt = Math.max(this.#seenAt, changes.at(-1)?.updatedAt ?? 0);
    for (const [seq, { at }] of this.#told) if (at < this.#seenAt - overlap) this.#told.delete(seq);
    if (isNews) this.#mustTellStatus = true;
    const waited = monotonic - this.#statusAt;
    if (waited >= (this.#mustTellStatus ? statusEveryMs : quietStatusEveryMs)) {
      this.#statusAt = monotonic;
      this.#mustTellStatus = false;
      await this.#tellStatus(store);
    }
  }

  /** Tells of a change unless it was told. */
  #isNew(change: ChangedJob): boolean {
    const mark = markOf(change);
    const told = this.#told.get(change.seq);
    if (told?.at === mark.at && told.text === mark.text) return false;
    this.#told.set(change.seq, mark);
    this.#broadcast(jobEvent(change));
    return true;
  }

  async #tellStatus(store: Store): Promise<void> {
    const [counts, workers, now] = await Promise.all([store.counts(), store.workers(), store.now()]);
    const alive = workers.filter((worker) => stateOf(worker, now) !== "silent");
    const status = statusJson(counts, { alive });
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    this.#broadcast(encodeEvent({ event: "status", data: status }));
  }

  async #reset(why: string, store: Store): Promise<void> {
    await this.#findPlace(store);
    this.#mustTellStatus = true;
    const id = formatPlace({ at: this.#seenAt, seq: 0 });
    this.#broadcast(encodeEvent({ event: "reset", id, data: { why } }));
  }

  #overlap(store: Store): number {
    return store.info.isShared ? overlapMs.shared : overlapMs.local;
  }

  #broadcast(event: Uint8Array): void {
    for (const client of this.#clients) client.send(event);
  }
}

interface Mark {
  readonly at: number;
  readonly text: string;
}

function markOf({ updatedAt, state, attempts, runCount }: ChangedJob): Mark {
  return { at: updatedAt, text: `${state} ${attempts} ${runCount}` };
}

function jobEvent(change: ChangedJob): Uint8Array {
  return encodeEvent({
    event: "job",
    id: formatPlace({ at: change.updatedAt, seq: change.seq }),
    data: changeJson(change),
  });
}

function changeJson(
  { seq, id, queue, state, attempts, runCount, exitCode, updatedAt }: ChangedJob,
): z.infer<typeof jobChange> {
  return {
    id,
    arrival: seq,
    queue,
    state,
    attempts,
    runs: runCount,
    exit_code: exitCode,
    updated_at: isoTime(updatedAt),
  };
}

function formatPlace({ at, seq }: ChangePlace): string {
  return `${at}-${seq}`;
}

function parsePlace(text: string): ChangePlace | null {
  const found = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return found === null ? null : { at: Number(found[1]), seq: Number(found[2]) };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && error.name === "StoreUnavailable";
}
