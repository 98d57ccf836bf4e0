import { assertEquals, assertThrows } from "@std/assert";
import type { Scenario } from "../tests/faults/scenario.ts";
import { FaultUsageError, planFaults, readFaultOptions } from "./fault_options.ts";

const run = () => Promise.resolve();
const all: readonly Scenario[] = [
  { name: "fixed", summary: "", run },
  { name: "timed", summary: "", goesByTime: true, run },
  { name: "long", summary: "", goesByTime: true, run },
];

function plan(...args: string[]): unknown[] {
  return planFaults(all, readFaultOptions(args, () => 7)).map(({ scenario, seconds }) => [
    scenario.name,
    seconds,
  ]);
}

Deno.test("readFaultOptions: a fresh seed only where none is named", () => {
  assertEquals(readFaultOptions([], () => 7), {
    seconds: 60,
    seed: 7,
    only: null,
    binary: null,
    json: false,
  });
  assertEquals(
    readFaultOptions(["--seconds", "9", "--seed=0", "--only", "a,b", "--binary", "x", "--json"], () => 7),
    { seconds: 9, seed: 0, only: ["a", "b"], binary: "x", json: true },
  );
});

Deno.test("readFaultOptions: what it does not understand is refused", () => {
  for (
    const args of [["--second", "9"], ["--seed", "x"], ["--seconds", "-1"], ["--seed", "4294967296"], [
      "storm",
    ]]
  ) {
    assertThrows(() => readFaultOptions(args, () => 7), FaultUsageError, "Usage", args.join(" "));
  }
});

Deno.test("planFaults: those that go by time share the seconds", () => {
  assertEquals(plan("--seconds", "100"), [["fixed", 50], ["timed", 50], ["long", 50]]);
  assertEquals(plan("--seconds", "100", "--only", "long"), [["long", 100]]);
  assertThrows(() => plan("--only", "log"), FaultUsageError, "there are fixed, timed, long");
});
