import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { QueueError } from "./errors.ts";
import { longestCommandBytes, readPayload } from "./job_payload.ts";
import { hasTimeInWords } from "./times_payload.ts";

const context = {
  subject: "this job",
  callerCwd: "/here",
  resolvePath: (path: string) => path.startsWith("/") ? path : `/here/${path}`,
  readWords: (text: string) => text === "soon" ? { at: 5 } : { found: "it is not understood" },
  variable: (name: string) => name === "TOKEN" ? "s3cr=et" : undefined,
};

function refusal(value: unknown): QueueError {
  const error = assertThrows(() => readPayload(value, context), QueueError);
  assertEquals(error.kind, "usage");
  assertStringIncludes(error.message, "Cannot enqueue this job: ");
  return error;
}

Deno.test("a command alone takes the defaults", () => {
  assertEquals(readPayload({ command: "echo hi" }, context), {
    id: null,
    queue: "default",
    key: null,
    slots: 1,
    resources: {},
    priority: null,
    command: "echo hi",
    argv: null,
    cwd: "/here",
    env: {},
    input: null,
    needs: [],
    after: [],
    unique: null,
    webhook: null,
    maxRetries: null,
    timeoutMs: null,
    killAfterMs: null,
    rules: null,
    label: null,
    meta: {},
    due: { afterMs: 0 },
    expires: null,
    priorityStepMs: null,
    hookOf: null,
    traceparent: null,
  });
});

Deno.test("every field is taken", () => {
  const job = readPayload({
    id: "job1",
    argv: ["printf", "%s", "a b"],
    max_retries: 0,
    priority: -1000,
    run_at: "2026-12-31T23:00:00+01:00",
    cwd: "sub",
    env: { A: "", b_2: "x y" },
    env_from: ["TOKEN"],
    stdin: "ünï\0\n",
    label: "the ünïcödé one",
    meta: { owner: "ada", "a.b-c_1": "" },
    needs: ["linux", "gpu", "linux"],
    timeout: "1h30m",
    kill_after: "0s",
  }, context);
  assertEquals([job.id, job.command, job.argv], ["job1", "printf %s 'a b'", ["printf", "%s", "a b"]]);
  assertEquals([job.maxRetries, job.priority, job.cwd], [0, -1000, "/here/sub"]);
  assertEquals([job.label, job.meta], ["the ünïcödé one", { owner: "ada", "a.b-c_1": "" }]);
  assertEquals(job.input, { head: new TextEncoder().encode("ünï\0\n"), rest: null });
  assertEquals([job.env, job.due], [{ A: "", b_2: "x y", TOKEN: "s3cr=et" }, {
    at: Date.UTC(2026, 11, 31, 22),
  }]);
  assertEquals([job.needs, job.timeoutMs, job.killAfterMs], [["gpu", "linux"], 5_400_000, 0]);
  assertEquals(readPayload({ command: "x", delay: "2h30m" }, context).due, { afterMs: 9_000_000 });
});

Deno.test("expires takes a duration from now, or an instant as run_at does, after the due time", () => {
  const expiresOf = (fields: Record<string, unknown>) =>
    readPayload({ command: "x", ...fields }, context).expires;
  assertEquals(expiresOf({ expires: "30m" }), { afterMs: 1_800_000 });
  assertEquals(expiresOf({ expires: "2026-12-31T23:00:00Z" }), { at: Date.UTC(2026, 11, 31, 23) });
  assertEquals(expiresOf({ expires: "soon" }), { at: 5 });
  assertEquals(expiresOf({ expires: "2h", delay: "1h" }), { afterMs: 7_200_000 });
  // What of both comes first, the store's clock tells.
  assertEquals(expiresOf({ expires: "1s", run_at: "2026-12-31T23:00:00Z" }), { afterMs: 1000 });
  for (
    const fields of [
      { expires: "0" },
      { expires: "1h", delay: "1h" },
      { expires: "2026-12-31T23:00:00Z", run_at: "2026-12-31T23:00:00Z" },
      { expires: "soon", run_at: "2026-12-31T23:00:00Z" },
    ]
  ) {
    assertStringIncludes(
      refusal({ command: "x", ...fields }).message,
      "it would expire before it could start",
    );
  }
});

Deno.test("times may be in words, and it is known before which payloads need their reader", () => {
  const job = readPayload({ command: "x", run_at: "soon", retry_until: "soon" }, context);
  assertEquals([job.due, job.rules], [{ at: 5 }, { retryUntil: 5 }]);
  for (const value of [{ run_at: "soon" }, { retry_until: "9:00" }, { expires: "9:00" }]) {
    assert(hasTimeInWords(value));
  }
  for (const value of [null, "soon", ["soon"], {}, { run_at: "2030-01-01T00:00:00Z" }, { expires: "30m" }]) {
    assert(!hasTimeInWords(value));
  }
});

Deno.test("an unknown field is refused with the nearest", () => {
  assertEquals(refusal({ command: "x", max_retry: 1 }).hint, `Did you mean "max_retries"?`);
  assertEquals(refusal({ comand: "x" }).hint, `Did you mean "command"?`);
  assertStringIncludes(refusal({ command: "x", zzzzzzzzzzzz: 1 }).hint!, "Fields are:");
  assertEquals(refusal({ cmd: "x" }).hint, `Did you mean "command"?`);
  assertStringIncludes(refusal({ command: "x", constructor: 1 }).hint!, "Fields are:");
});

Deno.test("whatever is no job is refused, and said", () => {
  const cases: [unknown, string][] = [
    [[], "not an array"],
    [{ command: "x", timeout: "soon" }, `"timeout" cannot be "soon"`],
    [{ command: "x", timeout: "0s" }, `"timeout" cannot be "0s"`],
    [{ command: "x", timeout: 5 }, `"timeout" cannot be 5`],
    [{ command: "x", kill_after: "25h" }, `"kill_after" cannot be "25h"`],
    [{ command: "x", needs: "gpu" }, `"needs" must be a list of tags, not a string`],
    [{ command: "x", needs: ["GPU"] }, `"GPU" in "needs" is not a tag`],
    [{ command: "x", needs: ["a,b"] }, `"a,b" in "needs" is not a tag`],
    [{ command: "x", needs: [""] }, `"" in "needs" is not a tag`],
    [{ command: "x", needs: [null] }, `null in "needs" is not a tag`],
    [{ command: "x", needs: Array.from({ length: 17 }, (_, i) => `t${i}`) }, "it needs 17 tags"],
    [null, "not null"],
    ["x", "not a string"],
    [{}, `it has no "command"`],
    [{ command: "" }, "is empty"],
    [{ command: " \n" }, "is empty"],
    [{ command: 7 }, "must be text, not a number"],
    [{ command: null }, "must be text, not null"],
    [{ command: "a\0b" }, "NUL"],
    [{ command: "a\ud800" }, "half a character"],
    [{ command: "x".repeat(longestCommandBytes + 1) }, "more than 102400"],
    [{ command: "ü".repeat(longestCommandBytes / 2 + 1) }, "more than 102400"],
    [{ command: "x", argv: ["x"] }, "both"],
    [{ argv: [] }, "list of texts"],
    [{ argv: ["a", 1] }, "list of texts"],
    [{ argv: ["-x"] }, "cannot be the program"],
    [{ command: "x", id: "a b" }, "cannot be its id"],
    [{ command: "x", id: "../../x" }, "cannot be its id"],
    [{ command: "x", id: "" }, "cannot be its id"],
    [{ command: "x", id: "x".repeat(300) }, "cannot be its id"],
    [{ command: "x", id: 5 }, "a number cannot be its id"],
    [{ command: "x", max_retries: -1 }, `"max_retries" cannot be -1`],
    [{ command: "x", max_retries: 1.5 }, `"max_retries" cannot be 1.5`],
    [{ command: "x", max_retries: "3" }, `"max_retries" cannot be "3"`],
    [{ command: "x", priority: 1001 }, `"priority" cannot be 1001`],
    [{ command: "x", priority: null }, `"priority" cannot be null`],
    [{ command: "x", max_retries: null }, `"max_retries" cannot be null`],
    [{ command: "x", run_at: "2026-02-30T00:00:00Z" }, "not a date and time that exists"],
    [{ command: "x", run_at: "some day" }, `"run_at" cannot be "some day": it is not understood`],
    [{ command: "x", retry_until: "some day" }, `"retry_until" cannot be "some day": it is not understood`],
    [{ command: "x", expires: "some day" }, `"expires" cannot be "some day": it is not understood`],
    [{ command: "x", expires: 60 }, `"expires" cannot be 60`],
    [{ command: "x", expires: null }, `"expires" cannot be null`],
    [{ command: "x", run_at: 17 }, `"run_at" cannot be 17`],
    [{ command: "x", delay: 10 }, `"delay" cannot be 10`],
    [{ command: "x", delay: "-1s" }, `"delay" cannot be "-1s"`],
    [{ command: "x", delay: "1s", run_at: "2026-12-31T23:00:00Z" }, "both"],
    [{ command: "x", cwd: 5 }, `"cwd" cannot be 5`],
    [{ command: "x", cwd: "a\0" }, "NUL"],
    [{ command: "x", env: [] }, `"env" must be an object`],
    [{ command: "x", env: { "A-B": "x" } }, "cannot name a variable"],
    [{ command: "x", env: { A: 1 } }, "must be text"],
    [{ command: "x", env: { QUEUECTL_HOME: "x" } }, "sets QUEUECTL_HOME"],
    [{ command: "x", stdin: 7 }, `"stdin" must be text, not a number`],
    [{ command: "x", stdin: "\ud800" }, "half a character"],
    [{ command: "x", env_from: "TOKEN" }, `"env_from" must be a list of names, not a string`],
    [{ command: "x", env_from: [7] }, `7 in "env_from" is not a name`],
    [{ command: "x", env_from: ["A-B"] }, "cannot name a variable"],
    [{ command: "x", env_from: ["QUEUECTL_HOME"] }, "sets QUEUECTL_HOME"],
    [{ command: "x", env_from: ["TOKEN", "TOKEN"] }, `"TOKEN" is in "env_from" twice`],
    [{ command: "x", env: { TOKEN: "" }, env_from: ["TOKEN"] }, `"TOKEN" is in both "env" and "env_from"`],
    [{ command: "x", env_from: ["NOWHERE"] }, `"NOWHERE" in "env_from" is not set here`],
    [{ command: "x", label: 7 }, `"label" must be text, not a number`],
    [{ command: "x", label: " " }, `"label" is empty`],
    [{ command: "x", label: "a\nb" }, "line break or another control character"],
    [{ command: "x", label: "\x1b[31m" }, "line break or another control character"],
    [{ command: "x", label: "a\u2028b" }, "line break or another control character"],
    [{ command: "x", label: "a\ud800" }, "half a character"],
    [{ command: "x", label: "🙂".repeat(201) }, `"label" is 201 characters long`],
    [{ command: "x", meta: ["owner"] }, `"meta" must be an object, not an array`],
    [{ command: "x", meta: { "": "x" } }, `"" cannot be a name in "meta"`],
    [{ command: "x", meta: { "a b": "x" } }, `"a b" cannot be a name in "meta"`],
    [{ command: "x", meta: { ["n".repeat(65)]: "x" } }, `cannot be a name in "meta"`],
    [{ command: "x", meta: { owner: null } }, `"owner" in "meta" must be text, not null`],
    [{ command: "x", meta: { owner: "🙂".repeat(1001) } }, `"owner" in "meta" is 1001 characters long`],
    [{ command: "x", meta: manyPairs(33) }, `"meta" has 33 names`],
  ];
  for (const [value, found] of cases) assertStringIncludes(refusal(value).message, found);
});

function manyPairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, "x"]));
}

Deno.test("labels and meta of the greatest length are accepted, counted in characters", () => {
  const label = "🙂".repeat(200);
  const meta = { ...manyPairs(31), ["n".repeat(64)]: "🙂".repeat(1000) };
  const job = readPayload({ command: "x", label, meta }, context);
  assertEquals([job.label, job.meta], [label, meta]);
  assertEquals(readPayload({ command: "x", label: null }, context).label, null);
});

Deno.test("the longest command is accepted", () => {
  assertEquals(
    readPayload({ command: "x".repeat(longestCommandBytes) }, context).command.length,
    longestCommandBytes,
  );
});
