import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatSummary, formatVerdict, replayCommand, type Reported, toJson } from "./fault_report.ts";

const passed: Reported = {
  name: "storm",
  result: "passed",
  seconds: 5,
  durationMs: 1234,
  broke: { "worker killed": 12 },
  checked: { "a job exists": 12_345, "a job is final": 1 },
  error: null,
  replay: "deno task faults",
  folder: null,
};
const failed: Reported = {
  ...passed,
  name: "soak",
  result: "failed",
  error: new Error("it grew"),
  replay: replayCommand({ name: "soak", seconds: 5 }, 7),
  folder: "/tmp/here",
};

Deno.test("formatVerdict: what was broken and checked, how often", () => {
  assertEquals(
    formatVerdict(passed),
    "storm: passed after 1.2 s\n" +
      "  broke           12  worker killed\n" +
      "  checked     12,345  a job exists\n" +
      "                   1  a job is final",
  );
});

Deno.test("formatVerdict: a failure says how to repeat it and where its files are", () => {
  const text = formatVerdict(failed);
  for (const part of ["it grew", "deno task faults --seed 7 --seconds 5 --only soak", "/tmp/here"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("formatSummary and toJson: all of them", () => {
  assertEquals(
    formatSummary([passed, failed], 7),
    "Seed 7: 1 passed, 1 failed, 0 left out; broke 24 times, checked 24,692 times, in 2.5 s",
  );
  assertStringIncludes(JSON.stringify(toJson([passed, failed], 7)), `"duration_ms":1234`);
});
