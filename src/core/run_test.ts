import { assertEquals } from "@std/assert";
import { describeExit, signalOfExitCode } from "./run.ts";

Deno.test("exit codes are told as shells mean them", () => {
  assertEquals(describeExit(3), "exit code 3");
  assertEquals(describeExit(127), "exit code 127: command not found");
  assertEquals(describeExit(126), "exit code 126: the command could not be executed");
  assertEquals(describeExit(137), "exit code 137: ended by SIGKILL");
  assertEquals([143, 130, 0, 255].map(signalOfExitCode), ["SIGTERM", "SIGINT", null, null]);
});
