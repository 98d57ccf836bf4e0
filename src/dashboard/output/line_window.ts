/**
 * Which lines of many are drawn. Lines stand in blocks of fifty; a block that was drawn has the height that it had
 * there, any other one the height of so many lines. Blocks are counted by the numbers of their lines, so that they
 * stay the same when lines come before them.
 */

export const linesPerBlock = 50;

export interface LineRange {
  /** The number of the first line. */
  readonly first: number;
  readonly count: number;
}

export interface Block {
  readonly index: number;
  /** Numbers of its lines; `end` is not in it. */
  readonly from: number;
  readonly end: number;
  /** In pixels from the top of all lines. */
  readonly top: number;
  readonly height: number;
}

/** Heights that were measured, by blocks; of blocks that have changed since they are not. */
export type Heights = ReadonlyMap<number, { readonly lines: number; readonly height: number }>;

export function blocksOf({ first, count }: LineRange, heights: Heights, lineHeight: number): Block[] {
  const blocks: Block[] = [];
  const end = first + count;
  let top = 0;
  for (let index = Math.floor(first / linesPerBlock); index * linesPerBlock < end && count > 0; index++) {
    const from = Math.max(first, index * linesPerBlock);
    const to = Math.min(end, (index + 1) * linesPerBlock);
    const known = heights.get(index);
    const height = known?.lines === to - from ? known.height : (to - from) * lineHeight;
    blocks.push({ index, from, end: to, top, height });
    top += height;
  }
  return blocks;
}

export function heightOf(blocks: readonly Block[]): number {
  const last = blocks.at(-1);
  return last === undefined ? 0 : last.top + last.height;
}

/** Those of which something is between two heights. */
export function blocksBetween(blocks: readonly Block[], top: number, bottom: number): readonly Block[] {
  return blocks.filter((block) => block.top < bottom && block.top + block.height > top);
}

/** A place that stays where it is: in a block, from its lower edge, so that lines may come above it. */
export interface Anchor {
  readonly index: number;
  readonly fromBottom: number;
  /** Of the last block the lower edge moves. */
  readonly fromTop: number;
  readonly isLast: boolean;
}

export function anchorAt(blocks: readonly Block[], top: number): Anchor | null {
  const at = blocks.findIndex((block) => block.top + block.height > top);
  const block = blocks[at];
  if (block === undefined) return null;
  return {
    index: block.index,
    fromBottom: block.top + block.height - top,
    fromTop: top - block.top,
    isLast: at === blocks.length - 1,
  };
}

/** Where the anchor is now; 0 where its block has gone. */
export function topOfAnchor(blocks: readonly Block[], anchor: Anchor): number {
  const block = blocks.find(({ index }) => index === anchor.index);
  if (block === undefined) return anchor.index < (blocks[0]?.index ?? 0) ? 0 : heightOf(blocks);
  return anchor.isLast ? block.top + anchor.fromTop : block.top + block.height - anchor.fromBottom;
}
