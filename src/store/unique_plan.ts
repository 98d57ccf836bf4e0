/**
 * What becomes of each job of a batch by its unique key, line by line, given who holds the keys. Nobody else may take
 * one of these keys until the plan is carried out; that a holder ends meanwhile does no harm.
 */

import { ExpiresTooSoon, RefusedJob, UniqueKeyTaken, UnknownParent } from "../core/errors.ts";
import { expiresTooSoon } from "../core/expiry.ts";
import { isFinal, type Job, type JobState, type NewJob, type UniqueRule } from "../core/job.ts";
import { instantOf } from "../core/moment.ts";
import type { Accepted } from "./store.ts";

/** A stored job and how it has its key: until an instant, or (null) for as long as it is unfinished. */
export interface Holder {
  readonly job: Job;
  readonly until: number | null;
}

/** When a job that waits is due and expires from now on; the key is its own until then. */
export interface PutOff {
  readonly job: Job;
  readonly runAt: number;
  readonly expiresAt: number | null;
  readonly until: number | null;
}

/** The place of a job among those that are to be stored; until when it has its key. */
export interface KeyTaken {
  readonly key: string;
  readonly place: number;
  readonly until: number | null;
}

export interface UniquePlan {
  /** Jobs to store, in their order, and their places in the batch. */
  readonly fresh: readonly NewJob[];
  readonly places: readonly number[];
  readonly taken: readonly KeyTaken[];
  /** Stored jobs to cancel, with the ids of the jobs in whose favour. */
  readonly replaced: readonly { readonly job: Job; readonly by: string }[];
  /** Of jobs to store (by their places there), those that a later one of the batch replaces. */
  readonly replacedFresh: readonly { readonly place: number; readonly by: string }[];
  readonly putOff: readonly PutOff[];
  /** By the ids of jobs that are not stored, the ids of those that were kept in their place. */
  readonly kept: ReadonlyMap<string, string>;
  /** What is answered for each job of the batch, given what was answered for those that were stored. */
  answers(stored: readonly Accepted[]): Accepted[];
}

type Answer = (stored: readonly Accepted[]) => Accepted;

/** Who has a key while the plan is made. */
type Current =
  | { readonly kind: "stored"; readonly holder: Holder }
  | { readonly kind: "fresh"; readonly place: number; readonly until: number | null };

export function planUnique(
  batch: readonly NewJob[],
  holders: ReadonlyMap<string, Holder>,
  now: number,
): UniquePlan {
  const plan = new Planning(holders, now);
  for (const [index, job] of batch.entries()) plan.add(job, index);
  return plan.finished();
}

/** What was thrown while those to store were stored, as an error about the whole batch. */
export function aboutBatch(error: unknown, { places, kept }: UniquePlan): unknown {
  if (!(error instanceof RefusedJob)) return error;
  error.index = places[error.index]!;
  const keptId = error instanceof UnknownParent ? kept.get(error.parentId) : undefined;
  if (keptId === undefined) return error;
  return new UnknownParent(error.id!, (error as UnknownParent).parentId, error.index, keptId);
}

class Planning {
  readonly #now: number;
  readonly #current = new Map<string, Current>();
  readonly #fresh: NewJob[] = [];
  readonly #places: number[] = [];
  readonly #replaced: { job: Job; by: string }[] = [];
  readonly #replacedFresh = new Map<number, string>();
  readonly #putOff = new Map<number, PutOff>();
  readonly #kept = new Map<string, string>();
  readonly #answers: Answer[] = [];

  constructor(holders: ReadonlyMap<string, Holder>, now: number) {
    this.#now = now;
    for (const [key, holder] of holders) {
      if (holder.until === null || holder.until > now) this.#current.set(key, { kind: "stored", holder });
    }
  }

  add(job: NewJob, index: number): void {
    const { unique } = job;
    // Also of one that is not stored in the end: whoever is put off takes its times.
    if (expiresTooSoon(this.#timesOf(job), this.#now)) throw new ExpiresTooSoon(job.id, index);
    const current = unique === null ? undefined : this.#current.get(unique.key);
    if (unique === null || current === undefined) return this.#store(job, index, null);
    if (unique.onConflict === "keep") return this.#keep(current, "kept", job);
    const holder = current.kind === "stored" ? current.holder.job : null;
    if (unique.onConflict === "reject" || (holder !== null && !isWaiting(holder.state))) {
      throw new UniqueKeyTaken({ id: job.id, index, unique }, holder);
    }
    if (unique.onConflict === "replace") this.#replace(current, job, index);
    else this.#debounce(current, job, unique);
  }

  #store(job: NewJob, index: number, conflict: "replaced" | null): void {
    const place = this.#fresh.push(job) - 1;
    this.#places.push(index);
    this.#answers.push((stored) => ({ ...stored[place]!, conflict }));
    if (job.unique === null) return;
    this.#current.set(job.unique.key, { kind: "fresh", place, until: this.#untilOf(job.unique) });
  }

  #timesOf({ due, expires }: NewJob) {
    const expiresAt = expires === null ? null : instantOf(expires, this.#now);
    return { runAt: instantOf(due, this.#now), expiresAt };
  }

  #untilOf({ forMs }: UniqueRule): number | null {
    return forMs === null ? null : instantOf({ afterMs: forMs }, this.#now);
  }

  #keep(current: Current, conflict: "kept" | "debounced", { id }: NewJob): void {
    this.#kept.set(id, current.kind === "fresh" ? this.#fresh[current.place]!.id : current.holder.job.id);
    if (current.kind === "fresh") {
      const { place } = current;
      this.#answers.push((stored) => ({ ...stored[place]!, conflict }));
      return;
    }
    const { job } = current.holder;
    this.#answers.push(() => {
      const { runAt, expiresAt } = this.#putOff.get(job.seq) ?? job;
      return { id: job.id, state: job.state, conflict, runAt, expiresAt };
    });
  }

  #replace(current: Current, job: NewJob, index: number): void {
    if (current.kind === "fresh") this.#replacedFresh.set(current.place, job.id);
    else {
      this.#replaced.push({ job: current.holder.job, by: job.id });
      this.#putOff.delete(current.holder.job.seq);
    }
    this.#store(job, index, "replaced");
  }

  #debounce(current: Current, job: NewJob, unique: UniqueRule): void {
    const until = this.#untilOf(unique);
    if (current.kind === "fresh") {
      const { due, expires } = job;
      this.#fresh[current.place] = { ...this.#fresh[current.place]!, due, expires };
      this.#current.set(unique.key, { ...current, until });
    } else {
      const holder = { ...current.holder, until };
      this.#putOff.set(holder.job.seq, {
        job: holder.job,
        ...this.#timesOf(job),
        until,
      });
      this.#current.set(unique.key, { kind: "stored", holder });
    }
    this.#keep(this.#current.get(unique.key)!, "debounced", job);
  }

  finished(): UniquePlan {
    const taken = [...this.#current].flatMap(([key, current]) =>
      current.kind === "fresh" ? [{ key, place: current.place, until: current.until }] : []
    );
    return {
      fresh: this.#fresh,
      places: this.#places,
      taken,
      replaced: this.#replaced,
      replacedFresh: [...this.#replacedFresh].map(([place, by]) => ({ place, by })),
      putOff: [...this.#putOff.values()],
      kept: this.#kept,
      answers: (stored) => this.#answers.map((answer) => answer(stored)),
    };
  }
}

function isWaiting(state: JobState): boolean {
  return state !== "processing" && !isFinal(state);
}

/** What a check of the keys has counted, one line for each kind that there is. */
export function keyFaultLines(
  { strange, kept }: { readonly strange: number; readonly kept: number },
): string[] {
  return [
    ...(strange > 0 ? [`${strange} unique key(s) are held by jobs that have named another one`] : []),
    ...(kept > 0 ? [`${kept} unique key(s) are held by jobs that are over`] : []),
  ];
}
