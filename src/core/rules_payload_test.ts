import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { QueueError } from "./errors.ts";
import { readPayload } from "./job_payload.ts";

const context = {
  subject: "this job",
  callerCwd: "/",
  readWords: null,
  resolvePath: (path: string) => path,
  variable: () => undefined,
};

function rulesOf(fields: Record<string, unknown>) {
  return readPayload({ command: "x", ...fields }, context).rules;
}

Deno.test("every rule is read, and what says nothing is null", () => {
  assertEquals(rulesOf({}), null);
  assertEquals(
    rulesOf({
      ok_codes: [3, 0, 3],
      dead_codes: [65, 64],
      snooze_codes: [255, 75],
      snooze: "1m30s",
      max_snoozes: 0,
      backoff: "linear",
      backoff_base: "30s",
      backoff_max: "none",
      backoff_jitter: 0.25,
      retry_until: "2026-12-31T23:00:00+01:00",
    }),
    {
      okCodes: [0, 3],
      deadCodes: [64, 65],
      snoozeCodes: [75, 255],
      snoozeMs: 90_000,
      maxSnoozes: 0,
      waits: "linear",
      backoffBase: 30,
      backoffMaxMs: null,
      backoffJitter: 0.25,
      retryUntil: Date.UTC(2026, 11, 31, 22),
    },
  );
  for (const backoff of ["1s,10s,5m", "1s, 10s, 5m", ["1s", "10s", "5m"]]) {
    assertEquals(rulesOf({ backoff }), { waits: [1000, 10_000, 300_000] });
  }
  assertEquals(rulesOf({ backoff: "0", backoff_max: "0" }), { waits: [0], backoffMaxMs: 0 });
  assertEquals(rulesOf({ backoff: "fixed", backoff_base: 1.5 }), { waits: "fixed", backoffBase: 1.5 });
  assertEquals(rulesOf({ backoff_base: 3, ok_codes: [3], dead_codes: [0] }), {
    okCodes: [3],
    deadCodes: [0],
    backoffBase: 3,
  });
});

Deno.test("whatever is no rule is refused, and said", () => {
  const cases: [Record<string, unknown>, string, string?][] = [
    [{ ok_codes: 3 }, `"ok_codes" must be a list of exit codes, not a number`],
    [{ ok_codes: null }, `"ok_codes" must be a list of exit codes, not null`],
    [{ dead_codes: "64" }, `"dead_codes" must be a list of exit codes, not a string`],
    [{ snooze_codes: [] }, `"snooze_codes" is empty`],
    [{ ok_codes: [256] }, `256 in "ok_codes" is not an exit code`, "from 0 to 255"],
    [{ dead_codes: [-1] }, `-1 in "dead_codes" is not an exit code`],
    [{ dead_codes: [1.5] }, `1.5 in "dead_codes" is not an exit code`],
    [{ snooze_codes: ["75"] }, `"75" in "snooze_codes" is not an exit code`],
    [{ snooze_codes: [null] }, `null in "snooze_codes" is not an exit code`],
    [{ dead_codes: [0] }, "exit code 0 is in both ok_codes (0 where it is not given) and dead_codes"],
    [{ snooze_codes: [7, 0] }, "exit code 0 is in both ok_codes (0 where it is not given) and snooze_codes"],
    [{ ok_codes: [0, 3], snooze_codes: [3] }, "exit code 3 is in both ok_codes and snooze_codes"],
    [{ dead_codes: [1, 64], snooze_codes: [64] }, "exit code 64 is in both dead_codes and snooze_codes"],
    [{ snooze: "60s" }, `it has "snooze" without "snooze_codes"`],
    [{ max_snoozes: 3 }, `it has "max_snoozes" without "snooze_codes"`],
    [{ snooze_codes: [75], snooze: 60 }, `"snooze" cannot be 60`, `such as "60s"`],
    [{ snooze_codes: [75], snooze: "-1s" }, `"snooze" cannot be "-1s"`],
    [{ snooze_codes: [75], snooze: "4000d" }, `"snooze" cannot be "4000d"`, "up to 3650d"],
    [{ snooze_codes: [75], max_snoozes: 1.5 }, `"max_snoozes" cannot be 1.5`, "a whole number"],
    [{ snooze_codes: [75], max_snoozes: -1 }, `"max_snoozes" cannot be -1`],
    [{ backoff: "exponental" }, `"exponental" in "backoff"`, `Did you mean "exponential"?`],
    [{ backoff: "1s,soon" }, `"soon" in "backoff" is neither a duration nor a shape`],
    [{ backoff: "1s,,5m" }, `"" in "backoff"`],
    [{ backoff: "" }, `"" in "backoff"`],
    [{ backoff: "10" }, `"10" in "backoff"`],
    [{ backoff: 10 }, `"backoff" cannot be 10`],
    [{ backoff: [] }, `"backoff" cannot be an array`],
    [{ backoff: [1] }, `1 in "backoff"`],
    [{ backoff: Array.from({ length: 101 }, () => "1s") }, `"backoff" lists 101 waits`],
    [{ backoff: "1s,2s", backoff_base: 2 }, `it has "backoff_base" beside a list`],
    [{ backoff_base: "30s" }, `"backoff_base" cannot be "30s"`, "only for linear and fixed"],
    [{ backoff: "linear", backoff_base: "x" }, `"backoff_base" cannot be "x"`, "in seconds, or a duration"],
    [{ backoff_base: -1 }, `"backoff_base" cannot be -1`],
    [{ backoff_base: 1001 }, `"backoff_base" cannot be 1001`],
    [{ backoff_max: 60 }, `"backoff_max" cannot be 60`],
    [{ backoff_max: "never" }, `"backoff_max" cannot be "never"`],
    [{ backoff_jitter: 1.1 }, `"backoff_jitter" cannot be 1.1`, "a number from 0 to 1"],
    [{ backoff_jitter: "0.5" }, `"backoff_jitter" cannot be "0.5"`],
    [{ retry_until: "2026-12-31T23:00:00" }, `"retry_until" cannot be "2026-12-31T23:00:00"`, "offset"],
    [{ retry_until: "2026-02-30T00:00:00Z" }, "not a date and time that exists"],
    [{ retry_until: 17 }, `"retry_until" cannot be 17`],
    [{ ok_code: [0] }, `unknown field "ok_code"`, `Did you mean "ok_codes"?`],
  ];
  for (const [fields, found, hint = ""] of cases) {
    const error = assertThrows(() => rulesOf(fields), QueueError);
    assertEquals(error.kind, "usage");
    assertStringIncludes(error.message, `Cannot enqueue this job: `);
    assertStringIncludes(error.message, found);
    assertStringIncludes(error.hint!, hint);
  }
});
