import { assertEquals } from "@std/assert";
import { partOf } from "./output.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a part from the middle begins with a whole line", () => {
  assertEquals(partOf(bytes("e\ntwo\nthree"), 100), { text: "two\nthree", from: 102, to: 111 });
  assertEquals(partOf(bytes("one\ntwo"), 0), { text: "one\ntwo", from: 0, to: 7 });
});

Deno.test("a part of one long line begins with a whole character", () => {
  assertEquals(partOf(bytes("é…x").subarray(1), 11), { text: "…x", from: 12, to: 16 });
  assertEquals(partOf(bytes("long line\n"), 50), { text: "long line\n", from: 50, to: 60 });
  assertEquals(partOf(bytes(""), 50), { text: "", from: 50, to: 50 });
});
