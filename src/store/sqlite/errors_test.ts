import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { QueueError, StoreUnavailable } from "../../core/errors.ts";
import { isBusy, isUniqueViolation, sqliteCode, translated } from "./errors.ts";

Deno.test("codes are read from either driver's errors, and from their words", () => {
  const numbered = Object.assign(new Error("x"), { errcode: 2067 });
  assertEquals(sqliteCode(numbered), 19);
  assertEquals(sqliteCode(new Error("14: unable to open database file")), 14);
  assertEquals(sqliteCode(new Error("database is locked")), 5);
  assertEquals(sqliteCode(new Error("database or disk is full")), 13);
  assertEquals(sqliteCode(new Error("something else")), undefined);
  assertEquals(sqliteCode("database is locked"), undefined);
  assertEquals(sqliteCode(new QueueError("failed", "database is locked")), undefined);
});

const place = { location: "/home/q", isDiskFull: () => false };

Deno.test("an I/O error on a disk without room is a full disk", () => {
  const error = translated(new Error("disk I/O error"), { ...place, isDiskFull: () => true });
  assert(error instanceof StoreUnavailable && error.problem === "full");
});

Deno.test("each problem is said in our words, with its cause", () => {
  const cases = [
    ["database is locked", "busy"],
    ["attempt to write a readonly database", "read_only"],
    ["disk I/O error", "io"],
    ["database disk image is malformed", "corrupt"],
    ["database or disk is full", "full"],
    ["unable to open database file: /x", "no_access"],
    ["file is not a database", "not_a_store"],
  ] as const;
  for (const [message, problem] of cases) {
    const cause = new Error(message);
    const error = translated(cause, place);
    assert(error instanceof StoreUnavailable);
    assertEquals([error.problem, error.cause, error.message.startsWith("Cannot use /home/q: ")], [
      problem,
      cause,
      true,
    ]);
  }
});

Deno.test("what is none of SQLite's passes unchanged", () => {
  const mistake = new TypeError("x is undefined");
  assertStrictEquals(translated(mistake, place), mistake);
  assert(!isBusy(mistake) && isBusy(new Error("5: database is locked")));
  assert(isUniqueViolation(new Error("UNIQUE constraint failed: jobs.id")) && !isUniqueViolation(mistake));
});
