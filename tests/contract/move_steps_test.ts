/**
 * A move that is killed before or after any of its steps, in both directions, and then goes on or is given up: nothing
 * is lost or doubled, and never do both stores accept.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { QueueError } from "../../src/core/errors.ts";
import { giveUp } from "../../src/operations/give_up_move.ts";
import { migrate } from "../../src/operations/migrate.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { moveBatch } from "../../src/store/move.ts";
import type { Store } from "../../src/store/store.ts";
import { contentRows, fillQueue } from "../support/busy_queue.ts";
import { openTestStore } from "../support/open_store.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { newJob } from "../support/sample.ts";

class Killed extends Error {}

type Kind = "sqlite" | "postgres";

interface Pair {
  readonly source: Store;
  readonly target: Store;
}

const server = await findTestServer();
const kinds: readonly Kind[] = server === null ? ["sqlite"] : ["sqlite", "postgres"];

// Small batches, so that a queue of more than one is small: it is made anew for each step.
moveBatch.rows = 50;
/** Jobs beside those of `fillQueue`: more than go into one batch. */
const more = 60;
let ids = 0;
const options = { newId: () => `move${ids++}`, onProgress: () => {} };

/** A queue that is to move, and an empty store. */
async function withPair(kind: Kind, body: (pair: Pair) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-steps-" });
  const schema = newSchemaName();
  const open = async (name: string, of: Kind): Promise<Store> =>
    of === "sqlite"
      ? await openTestStore(`${folder}/${name}.sqlite`, { durability: "relaxed" })
      : (await openPostgresStore({ url: inSchema(server!.url, schema), access: "write" }))!;
  const pair = {
    source: await open("source", kind),
    target: await open("target", kind === "sqlite" && server !== null ? "postgres" : "sqlite"),
  };
  try {
    await body(pair);
    for (const store of [pair.source, pair.target]) assertEquals(await store.check(), []);
  } finally {
    await pair.source.close();
    await pair.target.close();
    await Deno.remove(folder, { recursive: true });
    if (server !== null) await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
}

/** Throws in place of the n-th call of either store, or after it was carried out, and for all that come then. */
function killedAt(pair: Pair, nth: number, when: "before" | "after"): Pair {
  let calls = 0;
  const wrap = (store: Store): Store =>
    new Proxy(store, {
      get(of, name) {
        const value: unknown = Reflect.get(of, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          calls++;
          if (calls > nth || (calls === nth && when === "before")) throw new Killed();
          const result = await value.apply(of, args);
          await assertOneAccepts(pair);
          if (calls >= nth) throw new Killed();
          return result;
        };
      },
    });
  return { source: wrap(pair.source), target: wrap(pair.target) };
}

/** An empty target is nobody's queue yet. */
async function assertOneAccepts({ source, target }: Pair): Promise<void> {
  const [here, there] = [await source.moveState(), await target.moveState()];
  if (here.move !== null || there.move !== null) return;
  assertEquals(await target.jobs({ order: "oldest", limit: 1 }), [], "both stores accept");
}

async function assertMoved({ source, target }: Pair, content: unknown): Promise<void> {
  assertEquals(await contentRows(target), content);
  assertEquals((await source.moveState()).move!.phase, "moved");
  assertEquals((await target.moveState()).move, null);
  const { lastSeq } = await source.moveState();
  await assertRejects(() => source.enqueue([newJob("late")]), QueueError, "has moved to");
  await target.enqueue([newJob("next")]);
  assertEquals((await target.job("next"))!.seq, lastSeq + 1);
}

async function assertAsBefore({ source, target }: Pair, content: unknown): Promise<void> {
  assertEquals(await contentRows(source), content);
  assertEquals([(await source.moveState()).move, (await target.moveState()).move], [null, null]);
  assertEquals(await target.jobs({ order: "oldest", limit: 1 }), []);
  assertEquals((await target.counts()).byState.pending, 0);
  await source.enqueue([newJob("next")]);
}

/** Whether a call was killed; any other error is one. */
async function isKilled(body: () => Promise<unknown>): Promise<boolean> {
  try {
    await body();
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

/** Gives up; false where it was complete already. */
async function isGivenUp(pair: Pair): Promise<boolean> {
  try {
    await giveUp(pair.source, () => Promise.resolve(pair.target));
    return true;
  } catch (error) {
    if (error instanceof QueueError && error.message.includes("it is complete")) return false;
    if (error instanceof QueueError && error.message.includes("none is under way")) return true;
    throw error;
  }
}

for (const kind of kinds) {
  for (const when of ["before", "after"] as const) {
    Deno.test(`from ${kind}: killed ${when} any step, the move goes on`, async () => {
      let points = 0;
      for (let isOver = false; !isOver; points++) {
        await withPair(kind, async (pair) => {
          await fillQueue(pair.source, more);
          const content = await contentRows(pair.source);
          isOver = !await isKilled(() => migrate(killedAt(pair, points + 1, when), options));
          await migrate(pair, options);
          await assertMoved(pair, content);
        });
      }
      assert(points > 20, `only ${points} points`);
    });

    Deno.test(`from ${kind}: killed ${when} any step, the move can be given up, also when that is killed`, async () => {
      let [points, given] = [0, 0];
      for (let isOver = false; !isOver; points++) {
        await withPair(kind, async (pair) => {
          await fillQueue(pair.source, more);
          const content = await contentRows(pair.source);
          isOver = !await isKilled(() => migrate(killedAt(pair, points + 1, when), options));
          const state = await pair.source.moveState();
          if (state.move === null) return;
          await isKilled(() => isGivenUp(killedAt(pair, points % 9, when)));
          if (await isGivenUp(pair)) {
            given++;
            await assertAsBefore(pair, content);
          } else {
            await assertMoved(pair, content);
          }
        });
      }
      assert(given > 15 && given < points, `${given} of ${points}`);
    });
  }

  Deno.test(`from ${kind}: two at once move one queue once`, async () => {
    await withPair(kind, async (pair) => {
      await fillQueue(pair.source, more);
      const content = await contentRows(pair.source);
      await Promise.all([migrate(pair, options), migrate(pair, options), migrate(pair, options)]);
      await assertMoved(pair, content);
    });
  });

  Deno.test(`from ${kind}: one who moves and one who gives up agree on the end`, async () => {
    for (let turn = 0; turn < 12; turn++) {
      await withPair(kind, async (pair) => {
        await fillQueue(pair.source);
        const content = await contentRows(pair.source);
        const moving = migrate(killedAt(pair, Infinity, "after"), options).catch((error: unknown) => error);
        for (let step = 0; step < turn; step++) await pair.target.now();
        await isGivenUp(pair);
        const moved = await moving;
        if (moved instanceof QueueError) {
          assertEquals(moved.kind, "refused", moved.message);
          await assertAsBefore(pair, content);
        } else {
          assert(!(moved instanceof Error), String(moved));
          await assertMoved(pair, content);
        }
      });
    }
  });

  Deno.test(`from ${kind}: a copy that is not equal is refused and removed`, async () => {
    await withPair(kind, async (pair) => {
      await fillQueue(pair.source);
      const content = await contentRows(pair.source);
      const target = new Proxy(pair.target, {
        get(of, name) {
          if (name === "importRows") {
            return (...[move, table, rows]: Parameters<Store["importRows"]>) =>
              of.importRows(
                move,
                table,
                rows.map((row) => row.id === "later" ? { ...row, run_at: Number(row.run_at) + 1 } : row),
              );
          }
          const value: unknown = Reflect.get(of, name);
          return typeof value === "function" ? value.bind(of) : value;
        },
      });
      const error = await assertRejects(() => migrate({ ...pair, target }, options), QueueError, "not equal");
      assertEquals(error.kind, "failed");
      await assertAsBefore(pair, content);
    });
  });

  Deno.test(`from ${kind}: there and back, with what was done meanwhile`, async () => {
    await withPair(kind, async (pair) => {
      await fillQueue(pair.source);
      await migrate(pair, options);
      await pair.target.enqueue([newJob("meanwhile")]);
      const content = await contentRows(pair.target);
      await migrate({ source: pair.target, target: pair.source }, options);
      assertEquals(await contentRows(pair.source), content);
      await pair.source.enqueue([newJob("next")]);
      await assertRejects(() => pair.target.enqueue([newJob("late")]), QueueError, "has moved to");
    });
  });

  Deno.test(`from ${kind}: a move back that is given up leaves the tombstone where it was`, async () => {
    await withPair(kind, async (pair) => {
      await fillQueue(pair.source);
      await migrate(pair, options);
      const back = { source: pair.target, target: pair.source };
      const seen = new Set<string>();
      for (let nth = 4; await isKilled(() => migrate(killedAt(back, nth, "after"), options)); nth++) {
        seen.add((await pair.source.moveState()).move?.phase ?? "none");
        if (!await isGivenUp(back)) break;
        assertEquals((await pair.source.moveState()).move!.phase, "moved");
        await pair.target.enqueue([newJob(`meanwhile${nth}`)]);
      }
      assertEquals([...seen], ["moved", "clearing", "filling", "none"]);
    });
  });
}
