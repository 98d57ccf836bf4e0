import { assertEquals } from "@std/assert";
import { anchorAt, blocksBetween, blocksOf, heightOf, topOfAnchor } from "./line_window.ts";

const none = new Map();

Deno.test("lines stand in blocks by their numbers, also when the first ones are below zero", () => {
  assertEquals(blocksOf({ first: -20, count: 90 }, none, 20).map(({ from, end, top }) => [from, end, top]), [
    [-20, 0, 0],
    [0, 50, 400],
    [50, 70, 1400],
  ]);
  assertEquals(blocksOf({ first: 7, count: 0 }, none, 20), []);
  assertEquals(heightOf([]), 0);
});

Deno.test("a block has the height that was measured, until it has other lines", () => {
  const heights = new Map([[0, { lines: 50, height: 1500 }]]);
  assertEquals(heightOf(blocksOf({ first: 0, count: 60 }, heights, 20)), 1700);
  assertEquals(heightOf(blocksOf({ first: 10, count: 50 }, heights, 20)), 1000);
});

Deno.test("what is seen stays where it is when lines come before it, go, or follow", () => {
  const before = blocksOf({ first: 10, count: 100 }, none, 20);
  const anchor = anchorAt(before, 100)!;
  assertEquals(topOfAnchor(before, anchor), 100);
  assertEquals(topOfAnchor(blocksOf({ first: -40, count: 150 }, none, 20), anchor), 1100);
  const atEnd = anchorAt(before, 1900)!;
  assertEquals(topOfAnchor(blocksOf({ first: 10, count: 130 }, none, 20), atEnd), 1900);
  assertEquals(topOfAnchor(blocksOf({ first: 60, count: 80 }, none, 20), anchor), 0);
  assertEquals(anchorAt([], 0), null);
});

Deno.test("only what is between two heights is drawn", () => {
  const blocks = blocksOf({ first: 0, count: 100_000 }, none, 20);
  assertEquals(blocksBetween(blocks, 10_500, 11_500).map(({ index }) => index), [10, 11]);
});
