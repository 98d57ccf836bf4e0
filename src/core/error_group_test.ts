import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { errorGroupOf, isGroupId, normalisedLine } from "./error_group.ts";

Deno.test("of an error the last line counts, and what changes from job to job is folded", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Traceback\n  line 3\nValueError: bad\n\n", "ValueError: bad"],
    ["timeout after 31.5 s (attempt 2 of 3)", "timeout after <n> s (attempt <n> of <n>)"],
    ["cannot open /var/lib/app/a b.txt: no", "cannot open <path> b.txt: no"],
    ["cannot open ./in/42.csv: No such file", "cannot open <path>: No such file"],
    ["cat: data/x.json: No such file or directory", "cat: <path>: No such file or directory"],
    [String.raw`C:\Users\ada\x.txt is missing`, "<path> is missing"],
    ['KeyError: "customer42"', "KeyError: <text>"],
    ["no module named 'left-pad'", "no module named <text>"],
    ["it isn't ours, and can't be", "it isn't ours, and can't be"],
    ["job 123e4567-e89b-12d3-a456-426614174000 gone", "job <id> gone"],
    [
      "commit 3f2a9bc1 is bad, but facade and deadbeef are words",
      "commit <id> is bad, but facade and deadbeef are words",
    ],
    ["segfault at 0xdeadBEEF", "segfault at <n>"],
    ["GET https://example.org/a?b=1 failed: 503", "GET <url> failed: <n>"],
    ["2026-11-28T20:12:07.123Z ERROR out of memory", "<time> ERROR out of memory"],
    ["a\t b   c", "a b c"],
    ["", ""],
  ];
  for (const [error, wanted] of cases) assertEquals(normalisedLine(error), wanted, error);
});

Deno.test("a group is the exit code and the line; its id stays the same", () => {
  const of = (exitCode: number | null, lastError: string | null, reason: string | null = null) =>
    errorGroupOf({ exitCode, lastError, reason });
  const one = of(1, "exit code 1: cannot open /a/1");
  assertEquals(one, { id: "6371d87f50", exitCode: 1, text: "cannot open <path>" });
  assertEquals(of(1, "exit code 1: cannot open /b/22").id, one.id);
  assertNotEquals(of(2, "exit code 2: cannot open /a/1").id, one.id);
  assertNotEquals(of(1, "exit code 1: cannot read /a/1").id, one.id);
  assertEquals(of(3, "exit code 3").text, "");
  assertEquals(
    of(null, null, "its worker crashed 3 times in a row while running it").text.includes("<n> times"),
    true,
  );
  assert(isGroupId(one.id) && !isGroupId("") && !isGroupId("6371d87f5A") && !isGroupId("6371d87f500"));
});

Deno.test("a long line of anything is looked at quickly", () => {
  for (const part of ["a/", "'", "0x", "1.", "f1", "http://", "../"]) {
    const startedAt = performance.now();
    normalisedLine(part.repeat(50_000));
    assert(performance.now() - startedAt < 200, part);
  }
});
