import { assertEquals } from "@std/assert";
import { sentence } from "./sentence.ts";

Deno.test("a sentence begins with a capital and has one mark at its end", () => {
  assertEquals(["its id is taken", "Why?", "more…", "done."].map(sentence), [
    "Its id is taken.",
    "Why?",
    "More…",
    "Done.",
  ]);
});
