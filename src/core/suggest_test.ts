import { assertEquals } from "@std/assert";
import { nearest } from "./suggest.ts";

const known = ["enqueue", "status", "list", "worker start", "worker stop", "dlq list"];

Deno.test("nearest finds what was meant, and nothing where nothing is near", () => {
  const cases: [string, string | undefined][] = [
    ["enqeue", "enqueue"],
    ["enq", "enqueue"],
    ["stauts", "status"],
    ["LIST", "list"],
    ["worker strat", "worker start"],
    ["dlq lst", "dlq list"],
    ["xyzzy", undefined],
    ["", undefined],
  ];
  for (const [word, found] of cases) assertEquals(nearest(word, known), found, word);
});
