import { assertEquals } from "@std/assert";
import { join, resolve } from "@std/path";
import { mayNeedProgram, mayNeedServer, pathsAmong } from "./test_command.ts";

const ROOT = resolve("project");

Deno.test("pathsAmong: flags and their values are no paths", () => {
  assertEquals(pathsAmong([]), []);
  assertEquals(pathsAmong(["--filter", "src", "--fail-fast", "tests", "--seed=1", "src/core"]), [
    "tests",
    "src/core",
  ]);
});

Deno.test("mayNeedProgram: only the end-to-end, the fault and the lifecycle tests do", () => {
  for (
    const path of [
      "tests",
      "./tests/",
      ".",
      "tests/e2e",
      "tests/e2e/a_test.ts",
      "tests/faults",
      join(ROOT, "tests", "lifecycle"),
    ]
  ) {
    assertEquals(mayNeedProgram(["src", path], ROOT), true, path);
  }
  for (const path of ["tests/*/a_test.ts", "tests/{e2e,docs}", "t*"]) {
    assertEquals(mayNeedProgram([path], ROOT), true, path);
  }
  for (
    const path of ["src", "tests/contract", "tests/e2e_more", "scripts/*_test.ts", "elsewhere/tests/e2e"]
  ) {
    assertEquals(mayNeedProgram([path], ROOT), false, path);
  }
});

Deno.test("mayNeedServer: the contract, the end-to-end and the fault tests do", () => {
  for (const path of ["tests", "tests/contract", "tests/e2e/postgres_test.ts", "tests/faults"]) {
    assertEquals(mayNeedServer([path], ROOT), true, path);
  }
  assertEquals(mayNeedServer(["src/core", "tests/docs", "scripts"], ROOT), false);
});
