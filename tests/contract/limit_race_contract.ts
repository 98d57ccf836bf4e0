/** What every store promises where limits are changed while many others enqueue, claim, settle and change jobs. */

import { assertEquals } from "@std/assert";
import type { Claimed, Store } from "../../src/store/store.ts";
import { newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const queues = ["a", "b"];

export function defineLimitRaces(promise: Promised): void {
  promise(
    "while limits change, whoever moves jobs meanwhile leaves their gates right, and no job behind",
    async ({ store, clock, another }) => {
      let names = 0;
      let turns = 0;
      const changes = [{ keyLimit: 1 }, { limit: 2 }, { keyLimit: 2 }, { keyLimit: null }, { limit: null }];
      let isOver = false;
      const changing = (async () => {
        const own = await another();
        for (let i = 0; !isOver; i++) {
          await own.changeQueue(queues[i % 2]!, changes[i % changes.length]!);
          await own.regate();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      await Promise.all(["w1", "w2", "w3", "w4"].map(async (worker, offset) => {
        const own = await another();
        await own.registerWorker(newWorker(worker));
        for (let i = offset; i < 18; i++) {
          turns++;
          const runs = await claim(own, worker, i % 3 === 0 ? ["*"] : ["b", "a"]);
          await own.enqueue([
            newJob(`j${names++}`, { queue: queues[i % 2]!, key: `k${i % 3}` }),
            newJob(`j${names++}`, { queue: "a", key: "k", due: { afterMs: i % 2 } }),
          ]);
          const other = `j${(i * 7919) % names}`;
          if (i % 5 === 0) await own.edit(other, { due: { afterMs: 0 } });
          if (i % 7 === 0) await own.cancel(other);
          if (i % 4 === 0) await own.retry({ id: other, from: "any" });
          for (const run of runs) {
            await own.settle(settlement(run, i % 6 === 0 ? "handed_back" : "completed"));
          }
        }
      }));
      isOver = true;
      clock.advance(1000);
      await changing;
      while (await store.regate());
      assertEquals(await store.check(), [], `after ${turns} turns`);
      await drainAll(store);
    },
  );
}

async function claim(store: Store, workerId: string, wanted: readonly string[]): Promise<readonly Claimed[]> {
  return (await store.claim({ workerId, queues: wanted, limit: 2, newMark: () => "m" })).claimed ?? [];
}

/** Under limits by key every job comes to its turn. */
async function drainAll(store: Store): Promise<void> {
  for (const queue of queues) await store.changeQueue(queue, { limit: 3, keyLimit: 1 });
  while (await store.regate());
  for (let runs; (runs = await claim(store, "w1", ["*"])).length > 0;) {
    for (const run of runs) await store.settle(settlement(run, "completed"));
  }
  const { byState } = await store.counts();
  assertEquals([byState.pending, byState.processing], [0, 0]);
}
