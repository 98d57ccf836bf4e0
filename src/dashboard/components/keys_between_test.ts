import { assertEquals } from "@std/assert";
import { keysBetween } from "./keys_between.ts";

Deno.test("a range goes from one row to another, upwards too, and needs a row that is there", () => {
  const keys = ["a", "b", "c", "d"];
  assertEquals(keysBetween(keys, "b", "d"), ["b", "c", "d"]);
  assertEquals(keysBetween(keys, "c", "a"), ["a", "b", "c"]);
  assertEquals(keysBetween(keys, "b", "b"), ["b"]);
  assertEquals([keysBetween(keys, null, "c"), keysBetween(keys, "gone", "c")], [["c"], ["c"]]);
});
