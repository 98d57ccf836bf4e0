import { assertEquals } from "@std/assert";
import { visible } from "./table.ts";

Deno.test("control characters and those that turn the direction of text are shown as marks", () => {
  assertEquals(visible("a\r\nb\tc\u0000\u001b[1m\u007f\u009f"), "a⏎b·c··[1m··");
  assertEquals(
    visible("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    "·".repeat(12),
  );
  assertEquals(visible("שלום 👩\u200d💻 é"), "שלום 👩\u200d💻 é");
});
