import { assertEquals } from "@std/assert";
import { didCompiledRun, formatCounts, readCounts } from "./test_report.ts";

Deno.test("readCounts: steps, filtered tests and colours do not matter, the last summary counts", () => {
  assertEquals(readCounts("ok | 3 passed | 0 failed (2ms)\n"), { passed: 3, failed: 0, skipped: 0 });
  const output =
    "ok | 1 passed | 0 failed (1ms)\n\n\x1b[0m\x1b[31mFAILED\x1b[0m | 12 passed (3 steps) | 2 failed " +
    "(1 step) | 4 ignored (1 step) | 5 filtered out \x1b[0m\x1b[38;5;245m(316ms)\x1b[0m\n\n";
  assertEquals(readCounts(output), { passed: 12, failed: 2, skipped: 4 });
});

Deno.test("readCounts: without a summary there are no counts", () => {
  for (const output of ["", "a ... ok (1ms)\n", "a | 1 passed | 0 failed\n"]) {
    assertEquals(readCounts(output), undefined);
  }
});

Deno.test("formatCounts: what was skipped is said when there is any", () => {
  assertEquals(formatCounts({ passed: 3, failed: 1, skipped: 0 }), "3 passed, 1 failed");
  assertEquals(formatCounts({ passed: 0, failed: 0, skipped: 2 }), "0 passed, 0 failed, 2 skipped");
});

Deno.test("didCompiledRun: a test that was skipped or stands elsewhere is none", () => {
  const report = (name: string, file: string, body = "") =>
    `<testsuite name="${file}">\n  <testcase name="${name}" classname="${file}" time="0.1" line="1" col="6">
        ${body}</testcase>\n</testsuite>`;
  assertEquals(didCompiledRun(report("it runs (compiled)", "./tests/e2e/a_test.ts")), true);
  assertEquals(
    didCompiledRun(report("it runs (compiled)", "./tests/e2e/a_test.ts", `<failure message="x">`)),
    true,
  );
  assertEquals(didCompiledRun(report("it runs (compiled)", "./tests/e2e/a_test.ts", "<skipped/>\n")), false);
  assertEquals(didCompiledRun(report("it runs (source)", "./tests/e2e/compiled_test.ts")), false);
  assertEquals(didCompiledRun(report("compiled names", "./scripts/a_test.ts")), false);
});
