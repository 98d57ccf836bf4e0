/** A queue with a day behind it, written through the store under a clock that goes through that day. */

import type { Store } from "../../src/store/store.ts";
import { FixedClock } from "./fixed_clock.ts";
import { openTestStore } from "./open_store.ts";
import type { TestQueue } from "./program.ts";
import { newJob, newWorker, settlement } from "./sample.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const stepMs = 6 * minuteMs;

interface Kind {
  readonly queue: string;
  readonly name: string;
  readonly command: string;
  readonly runMs: number;
  /** What it dies of, now and then. */
  readonly error: string;
  readonly exitCode: number;
}

const kinds: readonly Kind[] = [
  {
    queue: "encode",
    name: "clip",
    command: "ffmpeg -i clips/{}.mov -crf 22 out/{}.mp4",
    runMs: 48_000,
    error: "clips/{}.mov: moov atom not found",
    exitCode: 1,
  },
  {
    queue: "mail",
    name: "mail",
    command: "send-mail --template welcome --to user-{}@example.org",
    runMs: 1400,
    error: "smtp: connection refused by mail.example.org:25",
    exitCode: 75,
  },
  {
    queue: "import",
    name: "import",
    command: "import-orders --since yesterday --shard {}",
    runMs: 12_000,
    error: 'relation "orders_{}" does not exist',
    exitCode: 3,
  },
];

/** Chance that a seed repeats (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fills the home of a queue that has none yet. Nobody works on it; workers are written down that say they do. */
export async function fillDay(queue: TestQueue): Promise<void> {
  const path = `${queue.home}/queue.sqlite`;
  await Deno.mkdir(queue.home, { mode: 0o700 });
  await Deno.writeTextFile(path, "", { mode: 0o600 });
  const now = Date.now();
  const clock = new FixedClock(now - dayMs);
  const chance = chanceOf(7);
  const store = await openTestStore(path, { clock: clock.now, chance });
  try {
    await store.registerWorker(newWorker("past", { queues: ["*"] }));
    await setQueues(store);
    await workThrough(store, clock, { until: now - 8 * minuteMs, chance });
    await store.removeWorker("past");
    await leavePresent(store, clock, now);
  } finally {
    await store.close();
  }
}

async function setQueues(store: Store): Promise<void> {
  await store.changeQueue("encode", { limit: 4 });
  await store.changeQueue("mail", { rate: { count: 600, perMs: minuteMs } });
  await store.changeQueue("reports", { state: "paused" });
}

interface Day {
  readonly until: number;
  readonly chance: () => number;
}

/** More of them in the middle of the day, and a bad hour of the mail server near its end. */
async function workThrough(store: Store, clock: FixedClock, { until, chance }: Day): Promise<void> {
  let number = 1000;
  while (clock.ms < until) {
    const stepEnd = clock.ms + stepMs;
    const isBadHour = until - clock.ms > 2 * 60 * minuteMs && until - clock.ms < 3 * 60 * minuteMs;
    const count = 2 +
      Math.floor(chance() * 5 * (1 + Math.sin(((until - clock.ms) / dayMs) * 2 * Math.PI) ** 2));
    for (let made = 0; made < count; made++) {
      const kind = kinds[Math.floor(chance() ** 1.4 * kinds.length)]!;
      number++;
      const doesFail = chance() < (isBadHour && kind.queue === "mail" ? 0.9 : 0.04);
      await runOne(store, clock, { kind, number, doesFail, chance });
    }
    clock.ms = Math.max(clock.ms, stepEnd);
  }
}

interface PastJob {
  readonly kind: Kind;
  readonly number: number;
  readonly doesFail: boolean;
  readonly chance: () => number;
}

async function runOne(store: Store, clock: FixedClock, job: PastJob): Promise<void> {
  const { kind, number, doesFail, chance } = job;
  const named = (text: string) => text.replaceAll("{}", String(number));
  await store.enqueue([
    newJob(`${kind.name}-${number}`, {
      queue: kind.queue,
      command: named(kind.command),
      // A failure that stays, so that the clock needs no waits between attempts.
      maxRetries: doesFail ? 1 : 3,
    }),
  ]);
  clock.advance(Math.floor(200 + chance() ** 3 * 20_000));
  const { claimed } = await store.claim({
    workerId: "past",
    queues: ["*"],
    limit: 1,
    newMark: () => `m${number}`,
  });
  const [run] = claimed!;
  clock.advance(Math.floor(kind.runMs * (0.5 + chance())));
  const text = new TextEncoder().encode(doesFail ? `${named(kind.error)}\n` : "done\n");
  const written = { tail: text, bytes: text.length };
  await store.settle(settlement(
    run!,
    doesFail ? "failed" : "completed",
    doesFail
      ? {
        exitCode: kind.exitCode,
        error: `exit code ${kind.exitCode}: ${named(kind.error)}`,
        stderr: written,
      }
      : { stdout: written },
  ));
}

/** What goes on now: jobs that run and wait, and workers, of which one starts nothing and one is silent. */
async function leavePresent(store: Store, clock: FixedClock, now: number): Promise<void> {
  const soon = { leaseMs: 3_600_000, supervisorId: "s1", version: "0.1.0" };
  await store.enqueue([
    newJob("lost-1", { command: "train --epochs 40 --out models/b.bin", queue: "encode" }),
  ]);
  await store.registerSupervisor({ id: "s1", pid: 4700, startIdentity: "1", host: "atlas|1|b|p" });
  await store.registerWorker(
    newWorker("boreas-1", {
      ...soon,
      hostName: "boreas",
      host: "boreas|2|b|p",
      queues: ["*"],
      leaseMs: 30_000,
    }),
  );
  await store.claim({ workerId: "boreas-1", queues: ["*"], limit: 1, newMark: () => "lost" });
  clock.ms = now - 4 * minuteMs;
  const atlas = { hostName: "atlas", host: "atlas|1|b|p", ...soon };
  await store.registerWorker(
    newWorker("atlas-1", {
      ...atlas,
      concurrency: 2,
      queues: ["encode"],
      tags: ["gpu", "linux"],
      resources: { vram: 24 },
    }),
  );
  await store.enqueue([
    newJob("clip-4048", { queue: "encode", command: "ffmpeg -i clips/4048.mov -crf 22 out/4048.mp4" }),
  ]);
  await claimWith(store, "atlas-1", { percent: 64, text: "frame 18204 of 28400" });
  clock.ms = now - 40_000;
  await store.enqueue([
    newJob("clip-4049", { queue: "encode", command: "ffmpeg -i clips/4049.mov -crf 22 out/4049.mp4" }),
  ]);
  await claimWith(store, "atlas-1", { percent: 12, text: null });
  clock.ms = now - 5000;
  await store.registerWorker(newWorker("atlas-2", { ...atlas, concurrency: 4, queues: ["mail", "import"] }));
  await store.registerWorker(
    newWorker("ceres-1", { ...soon, hostName: "ceres", host: "ceres|3|b|p", queues: ["*"] }),
  );
  await store.setHeld("ceres-1", "its load is 9.1, above max_load 8");
  await store.enqueue([
    newJob("import-77", { queue: "import", command: "import-orders --since yesterday --shard 77" }),
  ]);
  await claimWith(store, "atlas-2", null);
  clock.ms = now - 2000;
  await store.enqueue([
    ...Array.from({ length: 14 }, (_, index) =>
      newJob(`clip-${4050 + index}`, {
        queue: "encode",
        command: `ffmpeg -i clips/${4050 + index}.mov -crf 22 out/${4050 + index}.mp4`,
        priority: index === 3 ? 5 : 0,
      })),
    newJob("nightly", { command: "backup --full /srv", due: { afterMs: 6 * 3_600_000 }, label: "nightly" }),
    newJob("weekly", { queue: "reports", command: "report --week 47 --pdf" }),
    newJob("publish", {
      command: "publish --playlist new",
      after: [{ parentId: "clip-4048", awaits: "completed" }, { parentId: "clip-4049", awaits: "completed" }],
    }),
    newJob("given-up", { command: "resize --all" }),
  ]);
  await store.cancel("given-up");
  for (const id of ["atlas-1", "atlas-2", "ceres-1"]) await store.renewWorker(id);
}

async function claimWith(
  store: Store,
  workerId: string,
  progress: { readonly percent: number; readonly text: string | null } | null,
): Promise<void> {
  const { claimed } = await store.claim({
    workerId,
    queues: ["encode", "mail", "import"],
    limit: 1,
    newMark: () => "now",
  });
  if (progress !== null) await store.reportProgress(claimed![0]!.run, progress);
}
