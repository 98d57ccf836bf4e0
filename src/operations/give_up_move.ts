/** Taking back a move of all jobs that is not complete; `store/move.ts` has the steps. */

import { QueueError } from "../core/errors.ts";
import { addressOf, isTarget, type Move } from "../store/move.ts";
import type { Store } from "../store/store.ts";

export interface GivenUp {
  /** Why the copy in the target could not be removed, or null where it is. */
  readonly leftBehind: QueueError | null;
  /** The store that it would have gone to, as it may be shown. */
  readonly other: string;
}

/**
 * Takes an unfinished move back: removes the copy, and lets the source accept again. `openTarget` opens the store that
 * the mark of the source names. Called on a target, it removes the copy there. Throws where no move is under way, or
 * it is complete.
 */
export async function giveUp(
  source: Store,
  openTarget: (location: string) => Promise<Store | null>,
): Promise<GivenUp> {
  for (let round = 0;; round++) {
    const { move } = await source.moveState();
    if (move === null) throw nothingToGiveUp(source);
    if (move.phase === "moved") throw tooLate(source, move);
    if (isTarget(move)) {
      if (await emptyTarget(source, move)) return { leftBehind: null, other: move.other };
    } else if (move.phase === "copying") {
      await source.changeMove({ from: move, to: { ...move, phase: "giving_up" }, lastSeq: 0 });
    } else if (move.phase === "switching") {
      await closeTarget(source, move, await openTarget(move.other));
    } else {
      const leftBehind = await removeCopy(move, openTarget);
      if (await source.changeMove({ from: move, to: null, lastSeq: 0 })) {
        return { leftBehind, other: move.other };
      }
    }
  }
}

function nothingToGiveUp({ info }: Store): QueueError {
  return new QueueError("refused", `Cannot give up a move of ${info.location}: none is under way`, {
    hint: "See how it stands: queuectl status",
  });
}

function tooLate({ info }: Store, move: Move): QueueError {
  return new QueueError("refused", `Cannot give up the move of ${info.location}: it is complete`, {
    hint: `To move it back: queuectl --store '${addressOf(move.other)}' migrate --to '${
      addressOf(info.location)
    }'`,
  });
}

/** A target that may open at any moment is closed for good before its source accepts again. */
async function closeTarget(source: Store, move: Move, target: Store | null): Promise<void> {
  const there = await target?.moveState();
  if (there?.origins.includes(move.id)) {
    await source.changeMove({ from: move, to: { ...move, phase: "moved" }, lastSeq: 0 });
  } else if (target != null && there?.move?.id === move.id && there.move.phase === "filling") {
    await target.changeMove({ from: there.move, to: { ...there.move, phase: "clearing" }, lastSeq: 0 });
  } else {
    await source.changeMove({ from: move, to: { ...move, phase: "giving_up" }, lastSeq: 0 });
  }
}

/** Returns why it could not be removed, or null. */
async function removeCopy(
  move: Move,
  openTarget: (location: string) => Promise<Store | null>,
): Promise<QueueError | null> {
  try {
    const target = await openTarget(move.other);
    const there = await target?.moveState();
    if (target != null && there?.move?.id === move.id) await emptyTarget(target, there.move);
    return null;
  } catch (error) {
    if (error instanceof QueueError) return error;
    throw error;
  }
}

/** Removes what a target was filled with, and its mark; false where somebody else was quicker. */
export async function emptyTarget(target: Store, mark: Move): Promise<boolean> {
  if (!isTarget(mark)) return false;
  const clearing: Move = { ...mark, phase: "clearing" };
  if (mark.phase === "filling" && !await target.changeMove({ from: mark, to: clearing, lastSeq: 0 })) {
    return false;
  }
  await discardAll(target, clearing);
  return await target.changeMove({ from: clearing, to: mark.before ?? null, lastSeq: 0 });
}

export async function discardAll(target: Store, mark: Move): Promise<void> {
  while (await target.discardRows(mark));
}
