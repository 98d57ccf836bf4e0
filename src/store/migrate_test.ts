import { assertEquals, assertThrows } from "@std/assert";
import { StoreUnavailable } from "../core/errors.ts";
import { pendingMigrations, refuseWhileInUse } from "./migrate.ts";

const known = [1, 2, 3].map((version) => ({ version, sql: "" }));

Deno.test("only what is lacking is applied, in order", () => {
  assertEquals(pendingMigrations(0, known, "x").map((each) => each.version), [1, 2, 3]);
  assertEquals(pendingMigrations(2, known, "x").map((each) => each.version), [3]);
  assertEquals(pendingMigrations(3, known, "x"), []);
});

Deno.test("a newer store is refused, and both versions are named", () => {
  const error = assertThrows(() => pendingMigrations(4, known, "x"), StoreUnavailable);
  assertEquals([error.problem, error.message], [
    "newer",
    "Cannot open x: it has schema version 4, this program knows 3",
  ]);
});

Deno.test("nothing is migrated under living workers, or under runs", () => {
  refuseWhileInUse({ workerIds: [], runs: 0 }, "x");
  for (const use of [{ workerIds: ["w1", "w2"], runs: 0 }, { workerIds: [], runs: 1 }]) {
    const error = assertThrows(() => refuseWhileInUse(use, "x"), StoreUnavailable);
    assertEquals(error.problem, "older_in_use");
  }
});
