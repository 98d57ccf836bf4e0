import { assertEquals } from "@std/assert";
import { bidiParts, withBidiShown } from "./bidi.ts";

const controls = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

Deno.test("characters that turn the direction of text are marks of their own", () => {
  assertEquals(bidiParts("rm \u202egpj.x"), [
    { text: "rm ", isMark: false },
    { text: "U+202E", isMark: true },
    { text: "gpj.x", isMark: false },
  ]);
  assertEquals(bidiParts("plain"), [{ text: "plain", isMark: false }]);
  assertEquals(bidiParts(""), []);
  const marks = bidiParts(controls);
  assertEquals(marks.map(({ isMark }) => isMark), Array(12).fill(true));
  assertEquals(marks[0]!.text, "U+061C");
  assertEquals(marks.at(-1)!.text, "U+2069");
});

Deno.test("as one text they stand in brackets, and letters that are written from right to left stay", () => {
  assertEquals(withBidiShown("a\u2066b"), "a[U+2066]b");
  assertEquals(withBidiShown("שלום"), "שלום");
});
