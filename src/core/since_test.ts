import { assertEquals } from "@std/assert";
import { instantOfSince, parseSince } from "./since.ts";

Deno.test("since is a length before now, or an instant with its offset", () => {
  assertEquals(parseSince("2h"), { agoMs: 7_200_000 });
  assertEquals(parseSince("0"), { agoMs: 0 });
  assertEquals(parseSince("1970-01-01T01:00:00+01:00"), { at: 0 });
  for (
    const text of ["", "2", "-2h", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00Z"]
  ) {
    assertEquals(parseSince(text), undefined, text);
  }
  assertEquals(instantOfSince({ agoMs: 300 }, 1000), 700);
  assertEquals(instantOfSince({ at: 5 }, 1000), 5);
});
