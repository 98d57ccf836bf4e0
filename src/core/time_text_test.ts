import { assertEquals, assertThrows } from "@std/assert";
import { QueueError } from "./errors.ts";
import { isInWords, readTime } from "./time_text.ts";

const refuse = (found: string, hint: string) => new QueueError("usage", found, { hint });

Deno.test("ISO 8601 and what is meant to be it is not for the reader of words", () => {
  const iso = ["2026-12-31T23:00:00Z", "2026-12-31", " 2026-13-01 9:00", "2026-02-30T00:00:00Z"];
  for (const value of [...iso, "", "  ", 17, null, ["tomorrow"], "x".repeat(101)]) {
    assertEquals(isInWords(value), false, String(value));
  }
  for (const value of ["tomorrow 9:00", " in 2 hours", "9:00", "2026", "5/6/2026"]) {
    assertEquals(isInWords(value), true, value);
  }
});

Deno.test("words are read by the reader, ISO 8601 is not", () => {
  const read: string[] = [];
  const readWords = (text: string) => {
    read.push(text);
    return text === "soon" ? { at: 5 } : { found: "it names no time" };
  };
  const context = { refuse, readWords };
  assertEquals(readTime("run_at", "1970-01-01T00:00:01Z", context), 1000);
  assertEquals(readTime("run_at", "soon", context), 5);
  const refused = assertThrows(() => readTime("run_at", "some day", context), QueueError);
  assertEquals(refused.message, `"run_at" cannot be "some day": it names no time`);
  assertThrows(() => readTime("run_at", "2026-02-30T00:00:00Z", context), QueueError, "that exists");
  assertThrows(() => readTime("run_at", 17, context), QueueError, `"run_at" cannot be 17`);
  assertEquals(read, ["soon", "some day"]);
});
