import { assertEquals } from "@std/assert";
import { startOfLastLines } from "./last_lines.ts";

function lastLines(text: string, lines: number): string {
  const bytes = new TextEncoder().encode(text);
  const from = startOfLastLines(
    bytes.length,
    lines,
    (offset, count) => bytes.subarray(offset, offset + count),
  );
  return new TextDecoder().decode(bytes.subarray(from));
}

Deno.test("the last lines begin after a newline, whether the last one is ended or not", () => {
  assertEquals(lastLines("one\ntwo\nthree\n", 2), "two\nthree\n");
  assertEquals(lastLines("one\ntwo\nthree", 2), "two\nthree");
  assertEquals(lastLines("one\n\n\n", 2), "\n\n");
  assertEquals(lastLines("one\n", 1), "one\n");
});

Deno.test("no more lines than there are, and none of nothing", () => {
  assertEquals(lastLines("one\ntwo\n", 9), "one\ntwo\n");
  assertEquals(lastLines("", 3), "");
  assertEquals(lastLines("one\ntwo\n", 0), "");
});

Deno.test("a stream is looked through piece by piece, from its end", () => {
  const long = `${"x".repeat(200_000)}\n`;
  assertEquals(lastLines(`first\n${long}${long}`, 1), long);
  assertEquals(lastLines(`first\n${long}${long}`, 2), long + long);
  // A newline is the first byte of a piece.
  const piece = "y".repeat(64 * 1024 - 1);
  assertEquals(lastLines(`first\n${piece}`, 1), piece);
});
