import { assertEquals } from "@std/assert";
import { endingOf, type Findings } from "./ending.ts";

const bare: Findings = {
  job: { rules: null, snoozes: 0 },
  intent: null,
  exitCode: null,
  wrapperSignal: null,
  crash: "it crashed",
  identity: null,
  output: null,
};

function withErrors(text: string): Findings["output"] {
  const tail = new TextEncoder().encode(text);
  return {
    stdout: { tail: new Uint8Array(), bytes: 0 },
    stderr: { tail, bytes: tail.length },
    complete: true,
  };
}

function told(found: Partial<Findings>) {
  const { outcome, error } = endingOf({ ...bare, ...found });
  return [outcome, error];
}

Deno.test("the intent comes first, then the exit code, then the signal, then a crash", () => {
  assertEquals(told({ intent: "timeout", exitCode: 0 }), ["timeout", "it took longer than its timeout"]);
  assertEquals(told({ intent: "hand_back", exitCode: 0 })[0], "handed_back");
  assertEquals(told({ exitCode: 0 }), ["completed", null]);
  assertEquals(told({ exitCode: 3, wrapperSignal: null }), ["failed", "exit code 3"]);
  assertEquals(told({ wrapperSignal: "SIGKILL" }), ["failed", "it was ended by SIGKILL"]);
  assertEquals(told({}), ["crashed", "it crashed"]);
});

Deno.test("what an exit code means is for the job to say, unless its run was ended", () => {
  const job = { rules: { okCodes: [0, 3], snoozeCodes: [75, 143], maxSnoozes: 2 }, snoozes: 1 };
  const output = withErrors("not yet\n");
  assertEquals(told({ job, exitCode: 3, output }), ["completed", null]);
  assertEquals(told({ job, exitCode: 75, output }), ["snoozed", "exit code 75: not yet"]);
  assertEquals(told({ job: { ...job, snoozes: 2 }, exitCode: 75, output }), [
    "failed",
    "exit code 75: not yet (no snooze is left of 2)",
  ]);
  assertEquals(told({ job, intent: "timeout", exitCode: 143 })[0], "timeout");
  assertEquals(told({ job, intent: "hand_back", exitCode: 3 })[0], "handed_back");
  assertEquals(told({ job, wrapperSignal: "SIGTERM" })[0], "failed");
});

Deno.test("a failure is told with the last line of stderr, without our wrapper's name", () => {
  assertEquals(
    told({ exitCode: 1, output: withErrors("one\ntwo \x1b[31mred\n\n") })[1],
    "exit code 1: two  [31mred",
  );
  assertEquals(
    told({ exitCode: 127, output: withErrors("queuectl-run: 17: exec: nope: not found\n") })[1],
    "exit code 127: nope: not found",
  );
});
