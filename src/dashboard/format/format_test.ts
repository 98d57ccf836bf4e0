import { assertEquals } from "@std/assert";
import { countOf, formatBytes, formatCount, formatShare, formatShortCount } from "./count.ts";
import { formatAgo } from "./instant.ts";
import { shownState } from "./job_state.ts";
import { formatLength, formatRoughLength } from "./length.ts";

Deno.test("counts have separators, and are short where there is little room", () => {
  assertEquals([0, 999, 1234567].map(formatCount), ["0", "999", "1,234,567"]);
  assertEquals([9999, 12_345, 1_234_567].map(formatShortCount), ["9,999", "12.3K", "1.2M"]);
  assertEquals([countOf(1, "job"), countOf(0, "job"), countOf(2, "entry", "entries")], [
    "1 job",
    "0 jobs",
    "2 entries",
  ]);
});

Deno.test("shares tell none from few, and all from nearly all", () => {
  assertEquals([null, 0, 0.001, 0.125, 0.999, 1].map(formatShare), [
    "–",
    "0 %",
    "<1 %",
    "13 %",
    ">99 %",
    "100 %",
  ]);
});

Deno.test("bytes are told in the unit that fits", () => {
  assertEquals([1, 999, 1500, 99_500, 2_000_000, 5e15].map(formatBytes), [
    "1 byte",
    "999 bytes",
    "1.5 KB",
    "100 KB",
    "2.0 MB",
    "5000 TB",
  ]);
});

Deno.test("lengths have two units at most, and no unit is ever full", () => {
  const of = (ms: number) => formatLength(ms);
  assertEquals([-5, 0, 12.4, 999, 1000, 9_940, 9_960, 59_400].map(of), [
    "0 ms",
    "0 ms",
    "12 ms",
    "999 ms",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
  ]);
  assertEquals([59_900, 200_000, 3_599_900, 7_500_000, 273_600_000].map(of), [
    "1 min",
    "3 min 20 s",
    "1 h",
    "2 h 5 min",
    "3 d 4 h",
  ]);
  assertEquals([0, 45_900, 61_000, 10_800_000, 432_000_000].map(formatRoughLength), [
    "0 s",
    "45 s",
    "1 min",
    "3 h",
    "5 d",
  ]);
});

Deno.test("what was and what will be is told from now", () => {
  const now = 1_000_000_000;
  assertEquals(
    [now, now - 1400, now - 12_000, now - 7_200_000, now + 300_000].map((at) => formatAgo(at, now)),
    ["just now", "just now", "12 s ago", "2 h ago", "in 5 min"],
  );
});

Deno.test("a job that waits with attempts behind it shows as retried", () => {
  assertEquals(shownState({ state: "pending", attempts: 0 }), "pending");
  assertEquals(shownState({ state: "pending", attempts: 1 }), "failed");
  assertEquals(shownState({ state: "processing", attempts: 1 }), "processing");
});
