import { assertEquals } from "@std/assert";
import { formatRetried, pacedLength, paces } from "./retry_words.ts";

Deno.test("a pace says when the last of them is due", () => {
  assertEquals(pacedLength(1, "1/m"), "Each is due at once.");
  assertEquals(pacedLength(500, ""), "Each is due at once.");
  assertEquals(paces.slice(1).map(([pace]) => pacedLength(601, pace)), [
    "The last one is due in 1 min.",
    "The last one is due in 10 min.",
    "The last one is due in 1 h.",
    "The last one is due in 10 h.",
    "The last one is due in 2 d 12 h.",
  ]);
});

Deno.test("what was retried is told, and what was not", () => {
  assertEquals(formatRetried([{ id: "a", was: "dead" }]), "1 job is pending again.");
  assertEquals(formatRetried({ retried: 1200, without_key: 0 }), "1,200 jobs are pending again.");
  assertEquals(
    formatRetried({ retried: 2, without_key: 1 }),
    "2 jobs are pending again. 1 job stays dead: another has its unique key.",
  );
});
