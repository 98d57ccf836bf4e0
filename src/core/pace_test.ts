import { assertEquals } from "@std/assert";
import { parsePace, spreadOut } from "./pace.ts";

Deno.test("a pace is so many a second, a minute or an hour", () => {
  assertEquals(["10/s", "100/m", "1000/h", "1/h"].map(parsePace), [100, 600, 3600, 3_600_000]);
  for (const wrong of ["", "10", "/s", "0/s", "10/d", "1.5/s", "-1/s", "10 /s", "10/s ", "9999999999/s"]) {
    assertEquals(parsePace(wrong), undefined, wrong);
  }
});

Deno.test("due times are spread evenly, without an error that adds up", () => {
  const due = { at: 1000, stepMs: parsePace("7/s")! };
  assertEquals([0, 1, 2, 7, 700].map((place) => spreadOut(due, place)), [1000, 1142, 1285, 2000, 101_000]);
  assertEquals(spreadOut({ at: 8.64e15 - 1, stepMs: 10 }, 5), 8.64e15);
});
