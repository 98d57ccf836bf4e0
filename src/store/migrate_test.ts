import { assertEquals, assertThrows } from "@std/assert";
import { StoreUnavailable } from "../core/errors.ts";
import { pendingMigrations, refuseWhileWorkersLive } from "./migrate.ts";

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

Deno.test("nothing is migrated under living workers", () => {
  refuseWhileWorkersLive([], "x");
  const error = assertThrows(() => refuseWhileWorkersLive(["w1", "w2"], "x"), StoreUnavailable);
  assertEquals([error.problem, error.hint], [
    "older_in_use",
    "Stop them first with the older program: queuectl worker stop --wait",
  ]);
});
