import { assertEquals } from "@std/assert";
import { fold, wrap } from "./wrap.ts";

Deno.test("wrap breaks between words, and leaves a long one alone", () => {
  assertEquals(wrap("one two three", 7), ["one two", "three"]);
  assertEquals(wrap("loooooooong x", 4), ["loooooooong", "x"]);
});

Deno.test("fold keeps the second column, and short lines", () => {
  assertEquals(fold("  a    bb cc dd", 11), "  a    bb\n       cc\n       dd");
  assertEquals(fold("  plain words here", 10), "  plain\n  words\n  here");
  assertEquals(fold("short\n\nx", 10), "short\n\nx");
});
