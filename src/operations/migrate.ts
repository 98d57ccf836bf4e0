/** Moves all jobs of a store to another one; `store/move.ts` has the steps. Each call goes on from where it finds both. */

import { QueueError } from "../core/errors.ts";
import {
  addressOf,
  describeMove,
  isTarget,
  type Move,
  type MovedContent,
  type MovedTable,
  movedTables,
  type MoveState,
  refuseUse,
  type RowKey,
  type StoreUse,
} from "../store/move.ts";
import type { Store } from "../store/store.ts";
import { discardAll, emptyTarget, giveUp } from "./give_up_move.ts";
import { contentOf } from "./moved_content.ts";

export interface MoveProgress {
  readonly step: "clearing" | "copying" | "checking";
  /** What is copied or checked now. */
  readonly table?: MovedTable;
  /** From 0 to 1, where that is known. */
  readonly share?: number;
}

export interface MigrateOptions {
  /** Makes up the id of a move that begins. */
  readonly newId: () => string;
  readonly onProgress: (progress: MoveProgress) => void;
}

export interface Migrated {
  readonly content: MovedContent;
  /** Whether this call found the move complete. */
  readonly wasComplete: boolean;
}

interface Both {
  readonly source: Store;
  readonly target: Store;
}

/** How both stores stand, and what an earlier round of this call saw. */
interface Standing {
  readonly here: MoveState;
  readonly there: MoveState;
}

/**
 * Moves the queue. Throws `refused` where one of the stores is not ready for it, and `failed` where the copy is not
 * equal; in both cases the source goes on as before. Whatever else is thrown, or a kill, leaves a move to go on with.
 */
export async function migrate(both: Both, options: MigrateOptions): Promise<Migrated> {
  let begun: string | null = null;
  for (let round = 0;; round++) {
    // In this order: what a source that is `switching` has not got behind it any more is gone for good.
    const standing = { here: await both.source.moveState(), there: await both.target.moveState() };
    const { move } = standing.here;
    const isGivenUp = move === null || move.phase === "giving_up";
    if (begun !== null && isGivenUp) throw await leaveGivenUp(both, begun, standing);
    if (move === null) begun = await begin(both, standing, options);
    else {
      refuseOtherMove(placesOf(both), move, standing.there);
      begun ??= move.id;
      if (move.phase === "moved") return { content: move.content!, wasComplete: round === 0 };
      if (move.phase === "copying") await copy(both, { ...standing, move }, options);
      else await switchOver(both, { ...standing, move }, options);
    }
  }
}

/** Throws what `migrate` would refuse before it changes anything. A `target` that is not there yet is null. */
export async function refuseMove(source: Store, target: Store | null, to: string): Promise<void> {
  const places = { from: source.info.location, to };
  const here = await source.moveState();
  const there = await target?.moveState() ?? { move: null, origins: [], lastSeq: 0 };
  if (here.move !== null) return refuseOtherMove(places, here.move, there);
  refuseBusyTarget(places, here, there);
  refuseUse({ id: "", phase: "copying", other: to }, await useOf(source), places.from);
  if (target === null || there.move !== null) return;
  refuseUse({ id: "", phase: "filling", other: places.from }, await useOf(target), to);
}

async function useOf(store: Store): Promise<StoreUse> {
  const crew = [...await store.workers(), ...await store.supervisors()];
  return {
    runs: (await store.counts()).byState.processing,
    crew: crew.filter(({ stop }) => stop === null).length,
    hasJobs: (await store.jobs({ order: "oldest", limit: 1 })).length > 0 ||
      (await store.queues()).length > 0,
    inputFiles: (await store.inputFiles()).length,
  };
}

async function begin(both: Both, { here, there }: Standing, options: MigrateOptions): Promise<string> {
  const { source, target } = both;
  // Another call may have been quicker; then this one helps it.
  const sooner = there.move === null ? null : (await source.moveState()).move;
  if (sooner !== null) return sooner.id;
  refuseBusyTarget(placesOf(both), here, there);
  const id = options.newId();
  const copying: Move = { id, phase: "copying", other: target.info.location };
  await source.changeMove({ from: null, to: copying, lastSeq: here.lastSeq });
  return (await source.moveState()).move?.id ?? id;
}

interface Places {
  readonly from: string;
  readonly to: string;
}

function placesOf({ source, target }: Both): Places {
  return { from: source.info.location, to: target.info.location };
}

function refusal({ from, to }: Places, { found, hint }: { found: string; hint: string }): QueueError {
  return new QueueError("refused", `Cannot move the queue of ${from} to ${to}: ${found}`, { hint });
}

/** Refuses a target that other moves have to do with, before the source is marked. */
function refuseBusyTarget(places: Places, here: MoveState, there: MoveState): void {
  if (there.move === null || isReturn(here, there)) return;
  const { found, hint } = describeMove(there.move, places.to);
  throw refusal(places, {
    found: `of ${places.to}, ${found}`,
    hint: there.move.phase === "moved"
      ? "It keeps an old copy: choose another home (--home), database or schema (?schema=NAME in the URL)"
      : hint,
  });
}

/** Whether the target is where this very queue came from: its jobs are an old copy of what comes back. */
function isReturn(here: MoveState, there: MoveState): boolean {
  return there.move?.phase === "moved" && here.origins.includes(there.move.id);
}

/** Refuses to go on with a move in another direction, or with one that is given up. */
function refuseOtherMove(places: Places, move: Move, there: MoveState): void {
  const isOurs = there.move?.id === move.id || there.origins.includes(move.id) || move.other === places.to;
  const goesOn = move.phase === "copying" || move.phase === "switching" || move.phase === "moved";
  if (isOurs && goesOn) return;
  const { found, hint } = describeMove(move, places.from);
  const onward = `queuectl --store '${addressOf(move.other)}' migrate --to '${addressOf(places.to)}'`;
  throw refusal(places, { found, hint: move.phase === "moved" ? `Move it on from there: ${onward}` : hint });
}

interface Marked extends Standing {
  /** The source's mark. */
  readonly move: Move;
}

/** The next step of a move whose rows are not all there, or not verified. */
async function copy(both: Both, { here, there, move }: Marked, options: MigrateOptions): Promise<void> {
  const { source, target } = both;
  const { lastSeq } = here;
  const filling: Move = { id: move.id, phase: "filling", other: source.info.location };
  if (there.move === null) {
    return await enter(both, move, () => target.changeMove({ from: null, to: filling, lastSeq }));
  }
  if (isReturn(here, there)) {
    const clearing: Move = { ...filling, phase: "clearing", before: there.move };
    return await enter(both, move, () => target.changeMove({ from: there.move, to: clearing, lastSeq }));
  }
  const mark = there.move;
  if (mark.id !== move.id || !isTarget(mark)) return await refuseTarget(both, move, mark);
  if (mark.phase === "clearing") {
    options.onProgress({ step: "clearing" });
    await discardAll(target, mark);
    await target.changeMove({ from: mark, to: { ...mark, phase: "filling" }, lastSeq });
    return;
  }
  for (const table of movedTables) {
    if (!await copyTable(both, mark, { table, lastSeq, ...options })) return;
  }
  const content = await verify(both, lastSeq, options);
  if (content !== null) {
    await source.changeMove({ from: move, to: { ...move, phase: "switching", content }, lastSeq });
  } else if (await source.changeMove({ from: move, to: { ...move, phase: "giving_up" }, lastSeq })) {
    await giveUp(source, () => Promise.resolve(target));
    const { from, to } = placesOf(both);
    throw new QueueError("failed", `Cannot move the queue of ${from} to ${to}: what arrived is not equal`, {
      hint: "The queue is as it was, and the copy is removed. Did something else write to it? Then try again",
    });
  }
}

/** Marks the target; where it refuses, nothing has begun. */
async function enter({ source }: Both, move: Move, mark: () => Promise<boolean>): Promise<void> {
  try {
    await mark();
  } catch (error) {
    if (error instanceof QueueError && error.kind === "refused") {
      await source.changeMove({ from: move, to: null, lastSeq: 0 });
    }
    throw error;
  }
}

/** Takes the mark of the source back where the target bears another one. */
async function refuseTarget(both: Both, move: Move, mark: Move): Promise<never> {
  await both.source.changeMove({ from: move, to: null, lastSeq: 0 });
  throw refusal(
    placesOf(both),
    mark.id === move.id
      ? { found: "they are the same store", hint: "Give another one: queuectl migrate --help" }
      : describeMove(mark, both.target.info.location),
  );
}

/** Copies what is missing of a table; false where the move does not go on like this. */
async function copyTable(
  { source, target }: Both,
  mark: Move,
  { table, lastSeq, onProgress }: MigrateOptions & { readonly table: MovedTable; readonly lastSeq: number },
): Promise<boolean> {
  let after = await target.importRows(mark, table, []);
  while (after !== null) {
    onProgress({ step: "copying", table, ...shareOf(after, lastSeq) });
    const rows = await source.exportRows(table, after);
    if (rows.length === 0) return true;
    after = await target.importRows(mark, table, rows);
  }
  return false;
}

/** How far a key is among the jobs, where it begins with the number of one. */
function shareOf([first]: RowKey, lastSeq: number): Pick<MoveProgress, "share"> {
  return typeof first === "number" ? { share: first / Math.max(lastSeq, 1) } : {};
}

/** What was moved, or null where the two sides differ. */
async function verify(both: Both, lastSeq: number, options: MigrateOptions): Promise<MovedContent | null> {
  const tell = (table: MovedTable, key: RowKey) =>
    options.onProgress({ step: "checking", table, ...shareOf(key, lastSeq) });
  const [there, here] = await Promise.all([contentOf(both.target, tell), contentOf(both.source, () => {})]);
  return JSON.stringify(here) === JSON.stringify(there) ? here : null;
}

/** The steps after the copy was verified; from here on only the target decides. */
async function switchOver(
  { source, target }: Both,
  marked: Marked,
  { newId }: MigrateOptions,
): Promise<void> {
  const { here: { lastSeq }, there, move } = marked;
  if (there.origins.includes(move.id)) {
    await source.changeMove({ from: move, to: { ...move, phase: "moved" }, lastSeq });
  } else if (there.move?.id === move.id && there.move.phase === "filling") {
    await target.changeMove({ from: there.move, to: null, lastSeq });
  } else {
    // The copy is gone. Under another id, so that nobody who still believes in it can act on that.
    await source.changeMove({
      from: move,
      to: { id: newId(), phase: "copying", other: target.info.location },
      lastSeq,
    });
  }
}

/** Somebody gave the move up while this call was at it: what this call brought to the target since then goes too. */
async function leaveGivenUp({ source, target }: Both, id: string, { there }: Standing): Promise<QueueError> {
  if (there.move?.id === id) await emptyTarget(target, there.move);
  return new QueueError(
    "refused",
    `Cannot go on to move the queue of ${source.info.location}: the move was given up`,
    { hint: "Begin anew, if it is still to move: queuectl migrate --to URL" },
  );
}
