/**
 * The Nth call into SQLite fails, for every N, in every call of the store: what is in the file then is the state
 * before or the state after, never one between; the refusal is one of ours; and the same store goes on.
 */

import { assert, assertEquals } from "@std/assert";
import { messageOf, StoreUnavailable } from "../../src/core/errors.ts";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import type { Claimed, Store } from "../../src/store/store.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { FixedClock } from "../support/fixed_clock.ts";
import { assertSound, dump } from "./dump.ts";
import { type Fault, faults, FaultyDriver } from "./faulty_driver.ts";
import { copyStore, inScratchFolder } from "./scratch.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { type StoreCall, storeCalls } from "./store_calls.ts";
import { openTestStore } from "../support/open_store.ts";

export const nthCall: Scenario = {
  name: "nth_call",
  summary: "the Nth call into SQLite fails, for every N, in every call of the store",
  async run(trial) {
    for (const driver of await loadableDrivers()) {
      for (const call of storeCalls) await breakCall(trial, driver, call);
      await breakOpening(trial, driver);
    }
  },
};

/** Time goes on between what was prepared and what is tried, so that retries have fallen due. */
const pauseMs = 5_000;
const clock = new FixedClock();

/** The state before, the states after each of its transactions, and what a second call makes of the last one. */
interface Undisturbed {
  readonly claimed: readonly Claimed[];
  readonly calls: number;
  readonly before: string;
  readonly after: readonly string[];
  readonly result: Result;
  readonly again: Result;
  readonly afterAgain: string;
}

type Result = { readonly value: string } | { readonly refused: string; readonly problem: string | null };

class Bench {
  readonly driver: Driver;
  readonly call: StoreCall;
  readonly #folder: string;

  constructor(driver: Driver, call: StoreCall, folder: string) {
    this.driver = driver;
    this.call = call;
    this.#folder = folder;
  }

  path(name: string): string {
    return `${this.#folder}/${name}.sqlite`;
  }

  /** Runs the call as it should go, and notes everything. */
  async watch(): Promise<Undisturbed> {
    const store = await open(this.path("made"), this.driver, 1000);
    const claimed = await this.call.prepare(store);
    // Copied while it is open, so that the log is there too.
    await copyStore(this.path("made"), this.path("before"));
    store.close();
    const { path, faulty, opened } = await this.start(1000);
    const after: string[] = [];
    faulty.onCommit = () => after.push(dump(path, this.driver));
    faulty.arm(null, 0);
    const result = await this.attempt(opened, claimed);
    const { calls } = faulty;
    faulty.onCommit = () => {};
    assertEquals(after.length, this.call.commits ?? 1, `transactions of "${this.call.name}"`);
    const again = await this.attempt(opened, claimed);
    const afterAgain = dump(path, this.driver);
    opened.close();
    return {
      claimed,
      calls,
      before: dump(this.path("made"), this.driver),
      after,
      result,
      again,
      afterAgain,
    };
  }

  /** Opens a fresh copy of the state before. */
  async start(patienceMs: number): Promise<{ path: string; faulty: FaultyDriver; opened: Store }> {
    const path = this.path("tried");
    await copyStore(this.path("before"), path);
    const faulty = new FaultyDriver(this.driver);
    const opened = await open(path, faulty, patienceMs);
    return { path, faulty, opened };
  }

  async attempt(store: Store, claimed: readonly Claimed[]): Promise<Result> {
    clock.advance(pauseMs);
    try {
      return { value: JSON.stringify(await this.call.run(store, claimed) ?? null) };
    } catch (error) {
      return { refused: messageOf(error), problem: error instanceof StoreUnavailable ? error.problem : null };
    } finally {
      clock.advance(-pauseMs);
    }
  }
}

async function breakCall(trial: Trial, driver: Driver, call: StoreCall): Promise<void> {
  await inScratchFolder(async (folder) => {
    const bench = new Bench(driver, call, folder);
    const undisturbed = await bench.watch();
    const places = placesOf(undisturbed.calls, trial);
    for (const nth of places) {
      for (
        const fault of trial.size === "long" && places.length < 100 ? faults : [trial.random.pick(faults)]
      ) {
        try {
          await breakOnce(bench, undisturbed, { fault, nth });
        } catch (cause) {
          throw new Error(`${driver.name}: ${call.name}, step ${nth}: ${fault}: ${messageOf(cause)}`, {
            cause,
          });
        }
        trial.broke(fault);
      }
    }
    trial.checked("a call that fails leaves the state before or after", places.length);
    trial.checked("the store goes on after a call that failed", places.length);
  });
}

/** Every call; of very many both ends, the middle where one transaction follows another, and some by chance. */
function placesOf(calls: number, { random, size }: Trial): number[] {
  if (calls <= 100) return Array.from({ length: calls }, (_, i) => i);
  const some = Array.from({ length: size === "short" ? 3 : 200 }, () => random.between(0, calls - 1));
  const ends = Array.from({ length: size === "short" ? 3 : 20 }, (_, i) => [i, calls - 1 - i]).flat();
  return [...new Set([...ends, ...some])];
}

async function breakOnce(
  bench: Bench,
  expected: Undisturbed,
  { fault, nth }: { fault: Fault; nth: number },
): Promise<void> {
  const { path, faulty, opened } = await bench.start(fault === "busy once" ? 1000 : 1);
  const end = expected.after.at(-1)!;
  faulty.arm(fault, nth);
  const result = await bench.attempt(opened, expected.claimed);
  faulty.arm(null, 0);
  if (fault.startsWith("killed")) {
    const left = bench.path("left");
    await copyStore(path, left);
    opened.close();
    await assertSound(left, bench.driver);
    return await goOn(bench, expected, { path: left, store: await open(left, bench.driver, 1) });
  }
  assertRefusal(result, fault, expected.result);
  if (fault === "busy once") assertEquals(dump(path, bench.driver), end);
  await goOn(bench, expected, { path, store: opened });
}

function assertRefusal(result: Result, fault: Fault, undisturbed: Result): void {
  if (fault === "busy once") return assertEquals(result, undisturbed);
  const problem = fault.startsWith("busy") ? "busy" : fault.startsWith("full") ? "full" : "io";
  // Where the call was one that may fail, such as a checkpoint, the whole is none the worse for it.
  if ("refused" in result) assertEquals(result.problem, problem, result.refused);
  else assertEquals(result, undisturbed);
}

/** Looks at the state that was left, and lets the same call pass now. */
async function goOn(
  bench: Bench,
  expected: Undisturbed,
  { path, store }: { path: string; store: Store },
): Promise<void> {
  const state = dump(path, bench.driver);
  const end = expected.after.at(-1)!;
  const isOver = state === end;
  assert([expected.before, ...expected.after].includes(state), `a state between:\n${state}`);
  const result = await bench.attempt(store, expected.claimed);
  const finished = dump(path, bench.driver);
  if (isOver) assertEquals([result, finished], [expected.again, expected.afterAgain]);
  else assertEquals(finished, end);
  if (state === expected.before && !isOver) assertEquals(result, expected.result);
  assertEquals(await store.check(), []);
  store.close();
}

/** A store that is being made when a call fails is made by whoever opens it next. */
async function breakOpening(trial: Trial, driver: Driver): Promise<void> {
  const fresh = await inScratchFolder(async (folder) => {
    (await open(`${folder}/a.sqlite`, driver, 1)).close();
    return dump(`${folder}/a.sqlite`, driver);
  });
  for (let nth = 0, isThrough = false; !isThrough; nth++) {
    for (const fault of trial.size === "long" ? faults : [trial.random.pick(faults)]) {
      await inScratchFolder(async (folder) => {
        const faulty = new FaultyDriver(driver);
        faulty.arm(fault, nth);
        const path = `${folder}/a.sqlite`;
        await open(path, faulty, fault === "busy once" ? 1000 : 1).then((store) => store.close(), () => {});
        isThrough = faulty.calls <= nth;
        (await open(path, driver, 1000)).close();
        assertEquals(dump(path, driver), fresh, `${driver.name}: opening, step ${nth}: ${fault}`);
        await assertSound(path, driver);
      });
      if (!isThrough) trial.broke(fault);
      trial.checked("a store whose making failed is made by the next who opens it");
    }
  }
}

function open(path: string, driver: Driver, patienceMs: number): Promise<Store> {
  return openTestStore(path, {
    driver,
    durability: "relaxed",
    clock: clock.now,
    chance: () => 0.5,
    patienceMs,
  });
}
