import { assertEquals } from "@std/assert";
import {
  formatDuration,
  formatSize,
  longestDurationMs,
  parseDuration,
  parseSize,
  roughDuration,
} from "./duration.ts";

Deno.test("parseDuration reads units, sums and fractions", () => {
  const cases: [string, number][] = [["10s", 10_000], ["5m", 300_000], ["2h30m", 9_000_000], ["500ms", 500]];
  cases.push(["1.5h", 5_400_000], ["1d", 86_400_000], ["1w", 604_800_000], ["0", 0], [" 3s ", 3000], [
    "0s",
    0,
  ]);
  for (const [text, ms] of cases) assertEquals(parseDuration(text), ms, text);
});

Deno.test("parseDuration refuses what has no unit, a sign, another unit, or no end", () => {
  for (const text of ["", "10", "-5s", "5 s", "5x", "s", "1e3s", "10s5", ".5s", "101w1000000d", "∞"]) {
    assertEquals(parseDuration(text), undefined, text);
  }
  assertEquals(parseDuration(`${longestDurationMs}ms`), longestDurationMs);
  assertEquals(parseDuration(`${longestDurationMs + 1}ms`), undefined);
});

Deno.test("formatDuration reads back exactly", () => {
  for (const ms of [0, 1, 999, 1000, 61_001, 9_000_000, 86_400_000 * 400 + 7]) {
    assertEquals(parseDuration(formatDuration(ms)), ms);
  }
  assertEquals(formatDuration(9_000_000), "2h30m");
});

Deno.test("roughDuration has one or two units", () => {
  const cases: [number, string][] = [[0, "0ms"], [230, "230ms"], [-5, "0ms"], [999, "1s"], [59_000, "59s"]];
  cases.push([60_000, "1m"], [130_000, "2m 10s"], [11_100_000, "3h 5m"], [86_400_000 * 12, "12d"]);
  for (const [ms, text] of cases) assertEquals(roughDuration(ms), text);
});

Deno.test("sizes in 1000s and 1024s", () => {
  assertEquals(["10MB", "64KB", "1.5 MB", "1KiB", "2gb", "7B"].map(parseSize), [
    10e6,
    64e3,
    15e5,
    1024,
    2e9,
    7,
  ]);
  assertEquals(["", "10", "-1B", "1TB", "MB"].map(parseSize), Array(5).fill(undefined));
  for (const bytes of [0, 1536, 64_000, 10_000_000, 3_000_000_000]) {
    assertEquals(parseSize(formatSize(bytes)), bytes);
  }
});
