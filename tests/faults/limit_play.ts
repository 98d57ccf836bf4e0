/** Plays a program on a store and on the model of its rules, and throws where they part. */

import { assert, assertEquals } from "@std/assert";
import { instantOf } from "../../src/core/moment.ts";
import { expiresTooSoon } from "../../src/core/expiry.ts";
import { sortAt } from "../../src/core/job.ts";
import type { Claimed, ClaimRequest, Store } from "../../src/store/store.ts";
import type { FixedClock } from "../support/fixed_clock.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import { LimitModel, type ModelClaim, type ModelJob, type ModelWorker } from "./limit_model.ts";
import { crew, type Look, type Step } from "./limit_steps.ts";

export interface Played {
  readonly store: Store;
  readonly clock: FixedClock;
  /** Whether a claim sets all gates that a change of a limit has left. */
  readonly claimsRegate: boolean;
}

/** What was looked at. */
export interface Tally {
  claims: number;
  handedOut: number;
  exact: number;
}

type Run = { claimed: Pick<Claimed, "job" | "run" | "mark"> };
type Of<Name extends Step["do"]> = Extract<Step, { do: Name }>;

export class LimitPlay {
  readonly #store: Store;
  readonly #clock: FixedClock;
  readonly #claimsRegate: boolean;
  readonly #tally: Tally;
  readonly #model: LimitModel;
  readonly #registered = new Set<string>();
  readonly #runs: Run[] = [];
  #names = 0;
  #mayBeUngated = false;

  constructor({ store, clock, claimsRegate }: Played, tally: Tally) {
    this.#store = store;
    this.#clock = clock;
    this.#claimsRegate = claimsRegate;
    this.#tally = tally;
    this.#model = new LimitModel(clock.ms);
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const index of crew.keys()) await this.#register(index);
    for (const [index, step] of steps.entries()) {
      try {
        await this.#take(step);
        if (index % 5 === 4 || index === steps.length - 1) await this.#compare();
      } catch (error) {
        throw new Error(
          `step ${index}, ${JSON.stringify(step)}: ${error instanceof Error ? error.message : error}`,
          {
            cause: error,
          },
        );
      }
    }
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case "enqueue":
        return await this.#enqueue(step);
      case "claim":
        return await this.#claim(step);
      case "settle":
        return await this.#settle(step);
      case "cancel":
      case "remove":
      case "retry":
        return await this.#change(step);
      case "edit":
        return await this.#edit(step);
      case "set":
        await this.#store.changeQueue(step.queue, step.change);
        this.#model.change(step.queue, step.change);
        if (step.change.keyLimit !== undefined) this.#mayBeUngated = true;
        return;
      case "rename":
        return await this.#rename(step);
      case "pass":
        this.#clock.advance(step.ms);
        this.#model.now += step.ms;
        return;
      case "lose": {
        const { id } = this.#worker(step.worker);
        assertEquals(await this.#store.expireWorker(id, null), this.#registered.delete(id));
        return;
      }
      case "register":
        return await this.#register(step.worker);
      case "adopt":
        return await this.#adopt(step);
      case "regate":
        return await this.#regate();
      case "expire":
        return await this.#expire();
    }
  }

  #worker(index: number): ModelWorker {
    const place = index % crew.length;
    return { ...newWorker(`w${place}`, crew[place]) };
  }

  async #register(index: number): Promise<void> {
    const { id } = this.#worker(index);
    await this.#store.registerWorker(newWorker(id, crew[index % crew.length]));
    this.#registered.add(id);
  }

  async #enqueue({ jobs }: Of<"enqueue">): Promise<void> {
    const { now } = this.#model;
    const accepted = jobs.map((fields) => newJob(`j${this.#names++}`, fields)).map((job) => ({
      job,
      runAt: instantOf(job.due, now),
      expiresAt: job.expires === null ? null : instantOf(job.expires, now),
    })).filter((times) => !expiresTooSoon(times, now));
    await this.#store.enqueue(accepted.map(({ job }) => job));
    for (const { job, ...at } of accepted) this.#model.add(job, at);
  }

  async #claim({ worker: index, limit, ...look }: Of<"claim">): Promise<void> {
    const worker = this.#worker(index);
    const slots = Math.min(limit, this.#freeSlots(worker));
    if (slots < 1) return;
    await this.#tidy(look);
    const claim = { worker, queues: look.queues, slots };
    const expected = this.#expected(claim);
    const { ready } = await this.#store.probe(worker.id, look.queues);
    assert(
      ready || expected === null || expected.length === 0,
      "the probe does not see what there is to claim",
    );
    const { claimed } = await this.#store.claim(this.#request(claim));
    assertEquals(claimed !== null, this.#registered.has(worker.id), "whether it may claim");
    this.#begin(claim, expected, claimed ?? []);
    if (expected?.length === 0 && slots === worker.concurrency && claimed !== null && !this.#isUnsettled()) {
      const probe = await this.#store.probe(worker.id, look.queues);
      assert(!probe.ready, "the probe sees what cannot be claimed");
    }
  }

  #isUnsettled(): boolean {
    return this.#mayBeUngated || this.#model.expired().length > 0;
  }

  #freeSlots({ id, concurrency }: ModelWorker): number {
    return concurrency - this.#model.heldBy(id).reduce((sum, job) => sum + job.slots, 0);
  }

  async #tidy({ isTidy }: Look): Promise<void> {
    if (!isTidy) return;
    if (!this.#claimsRegate) await this.#regate();
    await this.#expire();
  }

  #request({ worker, queues, slots }: ModelClaim): ClaimRequest {
    return { workerId: worker.id, queues, limit: slots, newMark: () => "m" };
  }

  /** What is handed out, or null where it depends on what others have not done yet. */
  #expected(claim: ModelClaim): readonly ModelJob[] | null {
    if (!this.#registered.has(claim.worker.id)) return [];
    if (this.#model.expired().length > 0) return null;
    if (this.#mayBeUngated && !this.#claimsRegate) return null;
    return this.#model.choose(claim);
  }

  #begin(claim: ModelClaim, expected: readonly ModelJob[] | null, claimed: readonly Claimed[]): void {
    this.#tally.claims++;
    this.#tally.handedOut += claimed.length;
    if (expected !== null) {
      this.#tally.exact++;
      assertEquals(claimed.map(({ job }) => job.id), expected.map(({ id }) => id), "what is handed out");
    }
    let slots = claim.slots;
    for (const each of claimed) {
      const job = this.#model.job(each.job.id)!;
      const objection = this.#model.objection(job, claim);
      assert(objection === null, `${job.id} was handed out: ${objection}`);
      slots -= job.slots;
      this.#model.begin(job, claim.worker);
      this.#runs.push({ claimed: each });
    }
    assert(slots >= 0, "more was handed out than fits the slots");
    if (this.#claimsRegate && this.#registered.has(claim.worker.id)) this.#mayBeUngated = false;
  }

  async #settle({ run: index, outcome, next }: Of<"settle">): Promise<void> {
    const run = this.#runs[index % this.#runs.length];
    if (run === undefined) return;
    const { claimed } = run;
    const job = this.#model.job(claimed.job.id)!;
    const worker = this.#worker(Number(job.worker!.slice(1)));
    if (next !== null) await this.#tidy(next);
    const stale = { ...claimed, run: { ...claimed.run, token: claimed.run.token - 1 } };
    assertEquals(await this.#store.settle(settlement(stale, outcome)), null, "a stale token");
    this.#runs.splice(index % this.#runs.length, 1);
    this.#model.settle(job, outcome);
    const slots = this.#freeSlots(worker);
    const claim = next === null || slots < 1 ? null : { worker, queues: next.queues, slots };
    const expected = claim === null ? [] : this.#expected(claim);
    const settled = await this.#store.settle({
      ...settlement(claimed, outcome),
      next: claim === null ? null : this.#request(claim),
    });
    assertEquals([settled?.state, settled?.runAt], [job.state, job.runAt], "where it goes");
    if (claim === null) assertEquals(settled!.claimed, []);
    else this.#begin(claim, expected, settled!.claimed);
  }

  async #change({ do: what, job: index }: Of<"cancel" | "remove" | "retry">): Promise<void> {
    const job = this.#anyJob(index);
    if (job === undefined) return;
    if (what === "cancel") assertEquals(await this.#store.cancel(job.id), job.state);
    else if (what === "remove") assertEquals((await this.#store.remove(job.id))?.state, job.state);
    else assertEquals(await this.#store.retry({ id: job.id, from: "any" }), job.state);
    this.#model[what](job);
  }

  #anyJob(index: number): ModelJob | undefined {
    return this.#model.jobs[index % this.#model.jobs.length];
  }

  async #edit({ job: index, priority, delayMs }: Of<"edit">): Promise<void> {
    const job = this.#anyJob(index);
    if (job === undefined) return;
    const due = delayMs === undefined ? {} : { due: { afterMs: delayMs } };
    const edited = await this.#store.edit(job.id, {
      ...(priority === undefined ? {} : { priority }),
      ...due,
    });
    assertEquals(edited?.after !== null, job.state === "pending", "whether it was edited");
    if (job.state !== "pending") return;
    job.priority = priority ?? job.priority;
    if (delayMs !== undefined) job.runAt = this.#model.now + delayMs;
    assertEquals(sortAt(edited!.after!.runAt, edited!.after!), sortAt(job.runAt, job), "its place");
  }

  async #rename({ from, to }: Of<"rename">): Promise<void> {
    // A queue whose gates are still to be set is known as well.
    if (this.#mayBeUngated) await this.#regate();
    if (from === to) return;
    const isFine = this.#model.isKnown(from) && !this.#model.isKnown(to);
    const renamed = await this.#store.renameQueue(from, to).then(() => true, () => false);
    assertEquals(renamed, isFine, "whether it was renamed");
    if (isFine) this.#model.rename(from, to);
  }

  async #adopt({ run: index, worker: workerIndex }: Of<"adopt">): Promise<void> {
    const run = this.#runs[index % this.#runs.length];
    if (run === undefined) return;
    const { id } = this.#worker(workerIndex);
    const job = this.#model.job(run.claimed.job.id)!;
    const isFine = this.#registered.has(id) && (job.worker === id || !this.#registered.has(job.worker!));
    const taken = await this.#store.takeOver(run.claimed.run, id);
    assertEquals(taken !== null, isFine, "whether it was taken over");
    if (taken === null) return;
    run.claimed = { ...run.claimed, run: taken };
    job.worker = id;
  }

  async #regate(): Promise<void> {
    while (await this.#store.regate());
    this.#mayBeUngated = false;
  }

  async #expire(): Promise<void> {
    assertEquals(await this.#store.expireDue(), this.#model.expire(), "how many expire");
  }

  /** Whether the store and the model have the same jobs, and the store finds itself right. */
  async #compare(): Promise<void> {
    assertEquals(await this.#store.check(), []);
    const stored = await this.#store.jobs({ order: "oldest", limit: 10_000 });
    const shown = (
      job: Omit<ModelJob, "worker" | "host" | "needs" | "slots" | "resources" | "seq" | "rules">,
    ) => {
      const { id, queue, key, priority, state, runAt, expiresAt, attempts, crashes, snoozes, runCount } = job;
      return { id, queue, key, priority, state, runAt, expiresAt, attempts, crashes, snoozes, runCount };
    };
    assertEquals(stored.map(shown), this.#model.jobs.map(shown), "the jobs");
  }
}
