/** What every store promises about moving all of its jobs to another store. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { QueueError } from "../../src/core/errors.ts";
import { type Move, movedTables, type MovePhase } from "../../src/store/move.ts";
import type { Store } from "../../src/store/store.ts";
import { contentRows, fillQueue, rowsOf } from "../support/busy_queue.ts";
import { openTestStore } from "../support/open_store.ts";
import { retryAllDead } from "../support/retry_all_dead.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import type { Promised } from "./stage.ts";

const mark = (phase: MovePhase): Move => ({ id: "m1", phase, other: "elsewhere" });

async function change(
  store: Store,
  from: MovePhase | null,
  to: MovePhase | null,
  lastSeq = 0,
): Promise<boolean> {
  return await store.changeMove({
    from: from === null ? null : mark(from),
    to: to === null ? null : mark(to),
    lastSeq,
  });
}

/** Brings all rows of one store into another that is filled, and opens that. */
async function transfer(source: Store, target: Store): Promise<void> {
  const { lastSeq } = await source.moveState();
  assert(await change(target, null, "filling", lastSeq));
  for (const table of movedTables) {
    for (let after = await target.importRows(mark("filling"), table, []);;) {
      const rows = await source.exportRows(table, after);
      if (rows.length === 0) break;
      after = await target.importRows(mark("filling"), table, rows);
      assert(after !== null);
    }
  }
  assert(await change(target, "filling", null, lastSeq));
}

async function withOther(body: (other: Store) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-move-" });
  const other = await openTestStore(`${folder}/queue.sqlite`, { durability: "relaxed" });
  try {
    await body(other);
    assertEquals(await other.check(), []);
  } finally {
    await other.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const refused = (body: () => Promise<unknown>) => assertRejects(body, QueueError, "Cannot ");

export function defineMoving(promise: Promised): void {
  promise("every column of every row arrives in another store", async ({ store }) => {
    await fillQueue(store, 1500);
    await withOther(async (other) => {
      await transfer(store, other);
      assertEquals(await contentRows(other), await contentRows(store));
      const { jobs, runs, outputs, inputs } = await contentRows(other);
      const filled = [...jobs!, ...runs!, ...outputs!, ...inputs!].reduce((all, row) => {
        for (const [name, value] of Object.entries(row)) if (value !== null) all.add(name);
        return all;
      }, new Set<string>());
      for (
        const column of [
          "limit_key",
          "argv",
          "env",
          "last_error",
          "crash_count",
          "mark",
          "signal",
          "tail",
          "stdin_bytes",
          "content",
        ]
      ) {
        assert(filled.has(column), `nothing has a ${column}`);
      }
      assertEquals((await other.counts()).byState, (await store.counts()).byState);
    });
  });

  promise("what comes from another store is as it was there, and goes on from there", async ({ store }) => {
    await withOther(async (other) => {
      await fillQueue(other, 1500);
      await other.enqueue([newJob("last")]);
      await transfer(other, store);
      assertEquals(await contentRows(store), await contentRows(other));
      const counts = await store.counts();
      assertEquals(counts.byState, (await other.counts()).byState);
      assertEquals([counts.failed, counts.delayed], [1, 3]);
      const { lastSeq, origins } = await store.moveState();
      assertEquals([lastSeq, origins], [(await other.moveState()).lastSeq, ["m1"]]);
      await store.enqueue([newJob("new")]);
      assertEquals((await store.job("new"))!.seq, lastSeq + 1);
      assertEquals(
        (await store.outputTail((await store.job("done"))!.seq, 1, "out"))!.tail,
        Uint8Array.from({ length: 256 }, (_, index) => index),
      );
      assertEquals(await store.input((await store.job("done"))!.seq), {
        content: Uint8Array.from({ length: 256 }, (_, index) => index),
      });
      await store.registerWorker(newWorker("w"));
      const claimed = (await claimOne(store, "w"))!;
      assertEquals(claimed.job.id, "crashed");
      assertEquals([claimed.run.number, claimed.run.token], [3, 3]);
      const unique = { key: "ünïque", forMs: null, onConflict: "keep" } as const;
      const [kept] = await store.enqueue([newJob("second", { unique })]);
      assertEquals([kept!.id, kept!.conflict], ["alone", "kept"]);
    });
  });

  promise(
    "arrival numbers go on beyond the source's last, even where that job is gone",
    async ({ store }) => {
      assert(await change(store, null, "filling"));
      assert(await change(store, "filling", null, 41));
      assertEquals((await store.moveState()).lastSeq, 41);
      await store.enqueue([newJob("a")]);
      assertEquals((await store.job("a"))!.seq, 42);
    },
  );

  promise("a store that bears a mark accepts nothing new, and reads on", async ({ store }) => {
    await fillQueue(store);
    const phases: MovePhase[] = ["copying", "switching", "moved"];
    let from: MovePhase | null = null;
    for (const phase of phases) {
      assert(await change(store, from, phase));
      from = phase;
      const before = await contentRows(store);
      await refused(() => store.enqueue([newJob("new")]));
      await refused(() => store.registerWorker(newWorker("w2")));
      await refused(() => store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" }));
      await refused(() => store.cancel("later"));
      await refused(() => store.requestSignal("later", "SIGHUP"));
      await refused(() => store.edit("later", { priority: 1 }));
      await refused(() => store.cancelMany({ state: "pending" }, { after: 0, through: 99 }));
      await refused(() => store.cancelMany({ queue: "none" }, { after: 0, through: 99 }));
      await refused(() => store.remove("later"));
      await refused(() => store.retry({ id: "dead", from: "dead" }));
      await refused(() => store.changeQueue("default", { limit: 1 }));
      await refused(() => store.renameQueue("default", "new"));
      await refused(() => retryAllDead(store));
      assertEquals(await store.claim({ workerId: "w", queues: ["default"], limit: 1, newMark: () => "m" }), {
        claimed: null,
      });
      assertEquals(await contentRows(store), before);
      assertEquals([await store.workers(), await store.supervisors()], [[], []]);
      assertEquals((await store.counts()).byState.dead, 1);
    }
    assertEquals((await store.moveState()).move, mark("moved"));
  });

  promise("a store that is filled accepts nothing new until it is complete", async ({ store, another }) => {
    assert(await change(store, null, "filling"));
    const other = await another();
    await refused(() => other.enqueue([newJob("new")]));
    await refused(() => other.registerWorker(newWorker("w")));
    assert(await change(store, "filling", null));
    await other.enqueue([newJob("new")]);
  });

  promise(
    "a store that is filled says so, also where ids and arrival numbers are taken",
    async ({ store }) => {
      await withOther(async (source) => {
        await source.enqueue([newJob("a"), newJob("b"), newJob("c")]);
        assert(await change(store, null, "filling"));
        await store.importRows(mark("filling"), "jobs", await source.exportRows("jobs", [0]));
        for (const id of ["new", "a"]) {
          const error = await assertRejects(() => store.enqueue([newJob(id)]), QueueError);
          assertEquals(error.kind, "refused");
          assertStringIncludes(error.message, "for new work");
        }
      });
    },
  );

  promise("a queue that is worked on does not begin to move, nor does one into jobs", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await refused(() => change(store, null, "copying"));
    await refused(() => change(store, null, "filling"));
    await store.enqueue([newJob("a")]);
    const held = (await claimOne(store, "w"))!;
    await store.requestStop({ mode: "drain" });
    await refused(() => change(store, null, "copying"));
    await store.settle(settlement(held, "completed"));
    await refused(() => change(store, null, "filling"));
    await store.registerSupervisor({ id: "s", pid: 1, startIdentity: "", host: "h" });
    await refused(() => change(store, null, "copying"));
    await store.requestStop({ mode: "drain" });
    assertEquals((await store.moveState()).move, null);
    assert(await change(store, null, "copying"), "who is told to stop and holds nothing does no harm");
  });

  promise("a mark is changed only from what it is, by one of many", async ({ store, another }) => {
    const other = await another();
    const begun = await Promise.all([store, other].flatMap((each) => [
      change(each, null, "copying"),
      change(each, null, "copying"),
    ]));
    assertEquals(begun.filter((won) => won).length, 1);
    assertEquals(await change(store, null, "copying"), false);
    assertEquals(await change(store, "switching", "moved"), false);
    const strange = { ...mark("copying"), id: "m2" };
    assertEquals(await store.changeMove({ from: strange, to: null, lastSeq: 0 }), false);
    assert(await change(other, "copying", null));
    assertEquals((await store.moveState()).move, null);
  });

  promise("nothing is accepted behind the mark", async ({ store, another }) => {
    const others = [store, await another(), await another()];
    let accepted = 0;
    let count = 0;
    const enqueue = async (each: Store) => {
      try {
        for (;;) {
          await each.enqueue([newJob(`j${count++}`)]);
          accepted++;
          // A call into SQLite gives nobody else a turn.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      } catch (error) {
        assert(error instanceof QueueError && error.kind === "refused", String(error));
      }
    };
    const running = others.map(enqueue);
    while (accepted < 30) await new Promise((resolve) => setTimeout(resolve, 1));
    const marking = await another();
    assert(await change(marking, null, "copying"));
    const seen = (await rowsOf(marking, "jobs")).length;
    await Promise.all(running);
    assertEquals((await rowsOf(marking, "jobs")).length, seen);
    assertEquals(accepted, seen);
  });

  promise("rows are stored once, and only under the mark that is there", async ({ store }) => {
    await withOther(async (other) => {
      await fillQueue(other);
      const jobs = await rowsOf(other, "jobs");
      assertEquals(await store.importRows(mark("filling"), "jobs", jobs), null);
      assert(await change(store, null, "filling"));
      assertEquals(await store.importRows(mark("filling"), "jobs", []), [0]);
      assertEquals(await store.importRows(mark("filling"), "jobs", jobs.slice(0, 3)), [3]);
      assertEquals(await store.importRows(mark("filling"), "jobs", jobs), [jobs.length]);
      assertEquals(await store.importRows({ ...mark("filling"), id: "m2" }, "jobs", jobs), null);
      assertEquals(await rowsOf(store, "jobs"), jobs);
      assertEquals(await store.discardRows(mark("clearing")), false);
      assert(await change(store, "filling", "clearing"));
      assertEquals(await store.importRows(mark("filling"), "jobs", jobs), null);
      while (await store.discardRows(mark("clearing")));
      assertEquals(await rowsOf(store, "jobs"), []);
      assert(await change(store, "clearing", null));
      assertEquals((await store.moveState()).origins, []);
      assertEquals((await store.counts()).byState.pending, 0);
    });
  });

  promise("a store with settings of a queue is not filled", async ({ store }) => {
    await store.changeQueue("video", { limit: 2 });
    await refused(() => change(store, null, "filling"));
  });

  promise("large output goes in batches that fit into memory", async ({ store }) => {
    await store.registerWorker(newWorker("w"));
    await store.enqueue(Array.from({ length: 70 }, (_, index) => newJob(`j${index}`)));
    const tail = new Uint8Array(65_536).fill(7);
    for (let claimed; (claimed = await claimOne(store, "w")) !== null;) {
      await store.settle(settlement(claimed, "completed", { stdout: { tail, bytes: tail.length } }));
    }
    const first = await store.exportRows("outputs", null);
    assert(first.length > 1 && first.length * tail.length <= 1_000_000, `${first.length} at once`);
    assertEquals((await rowsOf(store, "outputs")).length, 70);
  });
}
