import { assertEquals } from "@std/assert";
import { parseInstant } from "./instant.ts";

Deno.test("parseInstant agrees with Date on every day of 800 years", () => {
  for (let ms = Date.UTC(1700, 0, 1, 12, 34, 56, 789); ms < Date.UTC(2500, 0, 1); ms += 86_400_000) {
    const text = new Date(ms).toISOString();
    if (parseInstant(text) !== ms) assertEquals(parseInstant(text), ms, text);
  }
});

Deno.test("parseInstant takes offsets, a space, no seconds, fractions", () => {
  const nine = Date.UTC(2026, 10, 24, 9);
  const texts = [
    "2026-11-24T09:00Z",
    "2026-11-24 10:00+01:00",
    "2026-11-24t03:30:00-0530",
    "2026-11-24T09:00:00.000000Z",
  ];
  for (const text of texts) assertEquals(parseInstant(text), nine, text);
  assertEquals(parseInstant("2026-11-24T09:00:00.5Z"), nine + 500);
});

Deno.test("parseInstant refuses dates that do not exist, and times without an offset", () => {
  const texts = [
    "2026-02-29T00:00Z",
    "2026-02-30T00:00Z",
    "2026-13-01T00:00Z",
    "2026-00-10T00:00Z",
    "2026-04-31T00:00Z",
  ];
  texts.push(
    "2026-01-01T24:00Z",
    "2026-01-01T00:60Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00+24:00",
    "1900-02-29T00:00Z",
  );
  texts.push("2026-01-01T00:00", "2026-01-01", "tomorrow", "", "20260101T000000Z", "2026-1-1T0:0Z");
  for (const text of texts) assertEquals(parseInstant(text), undefined, text);
  assertEquals(parseInstant("2000-02-29T00:00Z"), Date.UTC(2000, 1, 29));
});
