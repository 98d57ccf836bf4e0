import { assertEquals } from "@std/assert";
import type { Job } from "./job.ts";
import type { Run } from "./run.ts";
import { codeOfAll, jobEnd } from "./job_end.ts";

function end(state: Job["state"], exitCode: number | null, signal: string | null = null) {
  return jobEnd({ id: "j", state, exitCode } as Job, signal === null ? null : { signal } as Run);
}

Deno.test("a job's end is its own exit code, and a dead job never gives 0", () => {
  assertEquals(end("completed", 0).code, 0);
  // An exit code that counts as success is still the job's own.
  assertEquals(end("completed", 3).code, 3);
  assertEquals(end("dead", 7).code, 7);
  assertEquals(end("dead", 137, "SIGKILL").code, 137);
  assertEquals(end("dead", null, "SIGKILL").code, 137);
  assertEquals(end("dead", null, "SIGHUP").code, 129);
  assertEquals(end("dead", null).code, 1);
  assertEquals(end("dead", 0).code, 1);
  assertEquals(end("dead", 0xC0000005).code, 1);
  assertEquals(end("dead", 256).code, 1);
  assertEquals(end("cancelled", 0).code, 125);
  assertEquals(end("pending", 3).code, null);
  assertEquals(end("processing", null).code, null);
});

Deno.test("several jobs give 0 only where all are completed", () => {
  assertEquals(codeOfAll([end("completed", 0), end("completed", 0)]), 0);
  assertEquals(codeOfAll([end("completed", 0), end("dead", 3)]), 1);
  assertEquals(codeOfAll([end("cancelled", null), end("completed", 0)]), 1);
  assertEquals(codeOfAll([end("pending", null)]), 1);
});
