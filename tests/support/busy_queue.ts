/** A queue that has seen a bit of everything, and all that a move moves of it. */

import type { Store } from "../../src/store/store.ts";
import { keyOf, type MovedRow, type MovedTable, movedTables, type RowKey } from "../../src/store/move.ts";
import { claimOne, newJob, newWorker, settlement } from "./sample.ts";

/** Jobs in every state that can be reached, with runs and output; `more` pending ones follow. Nobody works on it then. */
export async function fillQueue(store: Store, more = 0): Promise<void> {
  await store.registerWorker(newWorker("w"));
  const text = "ünïcödé \"'\\ \n\t🙂";
  await store.enqueue([
    newJob("done", {
      priority: 9,
      command: text,
      argv: ["printf", text],
      env: { A: text, EMPTY: "" },
      input: { content: Uint8Array.from({ length: 256 }, (_, index) => index) },
      key: "k",
    }),
    newJob("dead", { priority: 8, maxRetries: 1 }),
    newJob("again", { priority: 7 }),
    newJob("crashed", { priority: 6 }),
    newJob("ruled", {
      priority: 10,
      rules: { okCodes: [0, 3], snoozeCodes: [75], waits: [1000, 5000], backoffJitter: 0.25 },
    }),
  ]);
  const end = async (
    ...[outcome, fields]: [Parameters<typeof settlement>[1], Parameters<typeof settlement>[2]?]
  ) => await store.settle(settlement((await claimOne(store, "w"))!, outcome, fields));
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  await end("snoozed", { exitCode: 75 });
  await end("completed", {
    stdout: { tail: bytes, bytes: 70_000 },
    stderr: { tail: Uint8Array.of(0), bytes: 1 },
  });
  await end("failed", { error: text, signal: "SIGTERM", exitCode: null });
  await end("timeout");
  // Both of the same job, which is due again at once.
  await end("crashed");
  await end("handed_back");
  await store.enqueue([
    newJob("later", { due: { afterMs: 3_600_000 }, priority: -1000 }),
    newJob("alone", { unique: { key: "ünïque", forMs: null, onConflict: "keep" } }),
    newJob("other", { queue: "other", cwd: null, needs: ["gpu", "linux"] }),
  ], { key: "Ünïque", request: "r" });
  await store.changeQueue("other", { limit: 2, keyLimit: 1, rate: { count: 3, perMs: 9 } });
  await store.changeQueue("Zebra_1", {
    state: "paused",
    defaults: { priority: 4, rules: { backoffBase: 3 } },
    webhook: "https://u:p@ci.example/zebra",
  });
  await store.enqueue([
    newJob("blocked", {
      after: [{ parentId: "later", awaits: "completed" }, { parentId: "done", awaits: "ended" }],
    }),
    newJob("in-vain", {
      after: [{ parentId: "dead", awaits: "completed" }, { parentId: "later", awaits: "dead" }],
    }),
  ]);
  // Its end is still to be told.
  await store.enqueue([newJob("told", { webhook: "http://ci.example/told?x=ü", meta: { text } })]);
  await store.cancel("told");
  if (more > 0) await store.enqueue(Array.from({ length: more }, (_, index) => newJob(`more${index}`)));
  await store.removeWorker("w");
}

/** Every row of a table. */
export async function rowsOf(store: Store, table: MovedTable): Promise<MovedRow[]> {
  const all: MovedRow[] = [];
  for (let after: RowKey | null = null;;) {
    const rows: MovedRow[] = await store.exportRows(table, after);
    if (rows.length === 0) return all;
    all.push(...rows);
    after = keyOf(table, rows.at(-1)!);
  }
}

/** All rows of all tables, to compare. */
export async function contentRows(store: Store): Promise<Record<string, Record<string, unknown>[]>> {
  const found: Record<string, Record<string, unknown>[]> = {};
  for (const table of movedTables) {
    found[table] = (await rowsOf(store, table)).map((row) =>
      Object.fromEntries(
        Object.entries(row).map((
          [name, value],
        ) => [name, value instanceof Uint8Array ? value.toHex() : value]),
      )
    );
  }
  return found;
}
