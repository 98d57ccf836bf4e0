/** Every call of the Store once, with the state that it starts from. */

import type { RunRef } from "../../src/core/run.ts";
import { deliveryOf } from "../../src/core/webhook_delivery.ts";
import type { Move, MovedRow, MovePhase } from "../../src/store/move.ts";
import type { Claimed, Store } from "../../src/store/store.ts";
import { retryAllDead } from "../support/retry_all_dead.ts";
import { ending, newJob, newWorker, settlement } from "../support/sample.ts";

export interface StoreCall {
  readonly name: string;
  /** Makes the state that it starts from; what it returns goes to `run`. */
  readonly prepare: (store: Store) => Promise<readonly Claimed[]>;
  readonly run: (store: Store, claimed: readonly Claimed[]) => Promise<unknown>;
  /** How many transactions it may take; each of them is all or nothing. */
  readonly commits?: number;
}

const supervisor = { id: "s", pid: 1, startIdentity: "1", host: "here|m|b|p" };
const queues = ["default"];
const unique = { key: "k", forMs: null, onConflict: "keep" } as const;

/** A store with a bit of everything: jobs in each state, runs with output, workers, a supervisor. */
async function populate(store: Store): Promise<Claimed[]> {
  await store.registerSupervisor(supervisor);
  await store.registerWorker(newWorker("w", { supervisorId: "s" }));
  await store.registerWorker(newWorker("gone"));
  await store.enqueue([
    newJob("done"),
    newJob("dead", { maxRetries: 1 }),
    newJob("dead2", { maxRetries: 1 }),
    newJob("retried"),
  ]);
  const claimed = await claim(store, "w", 4);
  await store.settle(settlement(claimed[0]!, "completed", { stdout: tail("out") }));
  await store.settle(settlement(claimed[1]!, "failed"));
  await store.settle(settlement(claimed[2]!, "failed"));
  await store.settle(settlement(claimed[3]!, "failed"));
  await store.enqueue([newJob("held"), newJob("orphan")]);
  const [held] = await claim(store, "w", 1);
  const [orphan] = await claim(store, "gone", 1);
  await store.expireWorker("gone", null);
  await store.enqueue([
    newJob("ready"),
    newJob("urgent", { priority: 9 }),
    newJob("due", { due: { at: 5 }, input: { file: "kept", bytes: 2_000_000 } }),
  ]);
  await store.enqueue([newJob("later", { due: { afterMs: 60_000 } })]);
  return [held!, orphan!];
}

async function claim(store: Store, workerId: string, limit: number): Promise<readonly Claimed[]> {
  const { claimed } = await store.claim({ workerId, queues, limit, newMark: () => "m" });
  return claimed ?? [];
}

function tail(text: string) {
  const bytes = new TextEncoder().encode(text);
  return { tail: bytes, bytes: bytes.length };
}

const orphanOf = (claimed: readonly Claimed[]): RunRef => claimed[1]!.run;

const settles: readonly StoreCall[] = (["completed", "failed", "timeout", "crashed", "handed_back"] as const)
  .map((outcome) => ({
    name: `settle as ${outcome}`,
    prepare: populate,
    run: (store, [held]) =>
      store.settle({
        ...settlement(held!, outcome),
        ending: ending(outcome, { stdout: tail("out"), stderr: tail("err") }),
      }),
  }));

const settleAndClaim: StoreCall = {
  name: "settle, and claim the next",
  prepare: populate,
  run: (store, [held]) =>
    store.settle({
      ...settlement(held!, "completed"),
      next: { workerId: "w", queues, limit: 1, newMark: () => "m2" },
    }),
};

/** The same, in queues with webhooks; of some jobs these are to be told already. */
async function populateWithWebhooks(store: Store): Promise<readonly Claimed[]> {
  const claimed = await populate(store);
  await store.changeQueue("default", { webhook: "http://ci.example/hook" });
  await store.enqueue([
    newJob("own", { webhook: "http://ci.example/own" }),
    newJob("child", { after: [{ parentId: "held", awaits: "dead" }] }),
  ]);
  for (const id of ["own", "ready"]) await store.cancel(id);
  return claimed;
}

const webhooks: readonly StoreCall[] = [
  {
    name: "settle a job with a webhook, and what waits for it in vain",
    prepare: populateWithWebhooks,
    run: (store, [held]) => store.settle(settlement(held!, "completed")),
  },
  {
    name: "cancel a job with a webhook",
    prepare: populateWithWebhooks,
    run: (store) => store.cancel("later"),
  },
  {
    name: "tell webhooks",
    prepare: populateWithWebhooks,
    // A look without a lock, and the write.
    commits: 2,
    run: (store) =>
      store.passOnWebhooks((event) => deliveryOf(event, new TextEncoder().encode(event.job.id))),
  },
];

/** More dead jobs than are revived in one transaction. */
export const manyDead = 1005;

async function populateDead(store: Store): Promise<readonly Claimed[]> {
  await store.registerWorker(newWorker("w"));
  await store.enqueue(Array.from({ length: manyDead }, (_, i) => newJob(`dead${i}`, { maxRetries: 1 })));
  for (const each of await claim(store, "w", manyDead)) await store.settle(settlement(each, "failed"));
  return [];
}

/** A log that the next write of a new connection brings into the file: larger than 4 MB. */
async function populateWithLargeLog(store: Store): Promise<readonly Claimed[]> {
  const env = { BIG: "x".repeat(100_000) };
  await store.enqueue(Array.from({ length: 42 }, (_, i) => newJob(`big${i}`, { env })));
  return [];
}

const mark = (phase: MovePhase): Move => ({ id: "m1", phase, other: "elsewhere" });

async function marked(store: Store, from: MovePhase | null, to: MovePhase): Promise<readonly Claimed[]> {
  await store.changeMove({ from: from === null ? null : mark(from), to: mark(to), lastSeq: 0 });
  return [];
}

const movedJobs: readonly MovedRow[] = [1, 2, 5].map((seq) => ({
  seq,
  id: `moved${seq}`,
  queue: "default",
  state: "pending",
  gate: 0,
  sort_at: seq,
  priority: 0,
  command: "true",
  max_retries: 3,
  run_at: seq,
  created_at: seq,
  updated_at: seq,
}));

const reads: readonly StoreCall[] = Object.entries<StoreCall["run"]>({
  "look for work": (store) => store.probe("w", queues),
  "read a job": (store) => store.job("held"),
  "list jobs": (store) => store.jobs({ order: "newest", limit: 3 }),
  "count": (store) => store.counts(),
  "list runs": (store, [held]) => store.runs(held!.run.jobSeq),
  "list workers": (store) => store.workers(),
  "list orphans": (store) => store.orphans("w"),
  "look after a run": (store, [held]) => store.heldRun(held!.run.jobSeq),
  "read a tail": (store, [held]) => store.outputTail(held!.run.jobSeq, 1, "out"),
  "read an input": (store, [held]) => store.input(held!.run.jobSeq),
  "list files of inputs": (store) => store.inputFiles(),
  "read how far runs are": (store, [held]) => store.progressOf([held!.run.jobSeq]),
  "list requests": (store) => store.requests("w"),
  "check": (store) => store.check(),
}).map(([name, run]) => ({ name, prepare: populate, run }));

export const storeCalls: readonly StoreCall[] = [
  ...settles,
  settleAndClaim,
  ...webhooks,
  ...reads,
  {
    name: "enqueue one",
    prepare: populate,
    run: (store) => store.enqueue([newJob("new", { env: { A: "b" }, argv: ["true"] })]),
  },
  {
    name: "enqueue under a key",
    prepare: populate,
    run: (store) => store.enqueue([newJob("new")], { key: "k", request: "r" }),
  },
  {
    name: "enqueue with inputs",
    prepare: populate,
    run: (store) =>
      store.enqueue([
        newJob("new1", { input: { content: new Uint8Array(5000) } }),
        newJob("new2", { input: { file: "kept2", bytes: 2_000_000 } }),
      ]),
  },
  {
    name: "enqueue a batch",
    prepare: populate,
    run: (store) =>
      store.enqueue(Array.from({ length: 5 }, (_, i) => newJob(`new${i}`, { due: { afterMs: 1000 * i } }))),
  },
  {
    name: "enqueue and bring the log in",
    prepare: populateWithLargeLog,
    run: (store) => store.enqueue([newJob("new")]),
  },
  {
    name: "begin to move",
    prepare: () => Promise.resolve([]),
    run: (store) => store.changeMove({ from: null, to: mark("copying"), lastSeq: 0 }),
  },
  {
    name: "receive rows",
    prepare: (store) => marked(store, null, "filling"),
    run: (store) => store.importRows(mark("filling"), "jobs", movedJobs),
  },
  {
    name: "open what was filled",
    prepare: async (store) => {
      await marked(store, null, "filling");
      await store.importRows(mark("filling"), "jobs", movedJobs);
      return [];
    },
    run: (store) => store.changeMove({ from: mark("filling"), to: null, lastSeq: 7 }),
  },
  {
    name: "discard rows",
    prepare: async (store) => {
      await marked(store, null, "filling");
      await store.importRows(mark("filling"), "jobs", movedJobs);
      return await marked(store, "filling", "clearing");
    },
    run: (store) => store.discardRows(mark("clearing")),
  },
  { name: "claim one", prepare: populate, run: (store) => claim(store, "w", 1) },
  { name: "claim three", prepare: populate, run: (store) => claim(store, "w", 3) },
  {
    name: "record an intent",
    prepare: populate,
    run: (store, [held]) => store.recordIntent(held!.run, "timeout"),
  },
  {
    name: "watch a run",
    prepare: populate,
    run: (store, [held]) => store.watchRun(held!.run, 60_000),
  },
  {
    name: "publish output",
    prepare: populate,
    run: (store, [held]) => store.publishOutput(held!.run, { stdout: tail("so far"), stderr: tail("e") }),
  },
  {
    name: "report progress",
    prepare: populate,
    run: (store, [held]) => store.reportProgress(held!.run, { percent: 40, text: "encoding" }),
  },
  { name: "register a worker", prepare: populate, run: (store) => store.registerWorker(newWorker("w2")) },
  { name: "renew a worker", prepare: populate, run: (store) => store.renewWorker("w") },
  { name: "remove a worker", prepare: populate, run: (store) => store.removeWorker("w") },
  { name: "expire a worker", prepare: populate, run: (store) => store.expireWorker("w", 0) },
  {
    name: "register a supervisor",
    prepare: populate,
    run: (store) => store.registerSupervisor({ ...supervisor, id: "s2" }),
  },
  { name: "report trouble", prepare: populate, run: (store) => store.reportTrouble("s", "no shell") },
  { name: "remove a supervisor", prepare: populate, run: (store) => store.removeSupervisor("s") },
  { name: "request a stop", prepare: populate, run: (store) => store.requestStop({ mode: "drain" }) },
  {
    name: "request one's own stop",
    prepare: populate,
    run: (store) => store.requestStop({ mode: "force", supervisorId: "s" }),
  },
  {
    name: "let go of what runs",
    prepare: populate,
    run: (store) => store.requestStop({ mode: "detach", detachMs: 60_000 }),
  },
  {
    name: "take a run over",
    prepare: populate,
    run: (store, claimed) => store.takeOver(orphanOf(claimed), "w"),
  },
  { name: "retry a dead job", prepare: populate, run: (store) => store.retry({ id: "dead", from: "dead" }) },
  { name: "retry a job", prepare: populate, run: (store) => store.retry({ id: "done", from: "any" }) },
  { name: "hasten a job", prepare: populate, run: (store) => store.retry({ id: "later", from: "any" }) },
  {
    name: "edit a job",
    prepare: populate,
    run: (store) => store.edit("later", { command: "false", priority: 3, due: { afterMs: 0 } }),
  },
  { name: "cancel a job", prepare: populate, run: (store) => store.cancel("later") },
  { name: "ask for a signal", prepare: populate, run: (store) => store.requestSignal("held", "SIGUSR1") },
  {
    name: "take signals",
    prepare: async (store) => {
      const claimed = await populate(store);
      await store.requestSignal("held", "SIGUSR1");
      return claimed;
    },
    run: (store, [held]) => store.takeSignals(held!.run),
  },
  { name: "cancel a running job", prepare: populate, run: (store) => store.cancel("held") },
  {
    name: "list by a filter",
    prepare: populate,
    run: (store) => store.jobs({ queue: "default", order: "newest", limit: 3 }),
    commits: 2,
  },
  {
    name: "sort by a key",
    prepare: populate,
    run: (store) => store.firstJobs({}, { order: { key: "duration", isDescending: true }, limit: 3 }),
    commits: 2,
  },
  {
    name: "count by a filter",
    prepare: populate,
    run: (store) => store.countJobs({ commandContains: "T" }),
    commits: 2,
  },
  {
    name: "cancel by a filter",
    prepare: populate,
    run: (store) => store.cancelMany({ queue: "default" }, { after: 0, through: 99 }),
    commits: 3,
  },
  { name: "remove a job with an input", prepare: populate, run: (store) => store.remove("due") },
  {
    name: "enqueue in place of a job of the same unique key",
    prepare: async (store) => {
      const claimed = await populate(store);
      await store.enqueue([newJob("first", { unique: { ...unique, forMs: 60_000 } })]);
      return claimed;
    },
    run: (store) =>
      store.enqueue([newJob("plain"), newJob("second", { unique: { ...unique, onConflict: "replace" } })]),
  },
  {
    name: "put a job of the same unique key off",
    prepare: async (store) => {
      const claimed = await populate(store);
      await store.enqueue([newJob("first", { unique })]);
      return claimed;
    },
    run: (store) =>
      store.enqueue([
        newJob("second", { due: { afterMs: 9000 }, unique: { ...unique, onConflict: "debounce" } }),
      ]),
  },
  {
    name: "settle the job of a unique key",
    prepare: async (store) => {
      await store.registerWorker(newWorker("w"));
      await store.enqueue([newJob("first", { unique })]);
      return await claim(store, "w", 1);
    },
    run: (store, [first]) => store.settle(settlement(first!, "completed")),
  },
  {
    name: "delete jobs that are over",
    prepare: populate,
    run: (store) => store.removeFinished({ seqs: [1, 2, 3, 4, 5, 6], filter: { state: "dead" } }),
  },
  { name: "remove a job", prepare: populate, run: (store) => store.remove("done") },
  { name: "retry a few dead jobs", prepare: populate, run: (store) => retryAllDead(store), commits: 2 },
  {
    name: "retry many dead jobs",
    prepare: populateDead,
    run: (store) => retryAllDead(store),
    commits: 4,
  },
];
