import { assertEquals } from "@std/assert";
import { deathHook, hookVariables } from "./death_hook.ts";
import type { Job } from "./job.ts";

const dead = {
  id: "job1",
  queue: "video",
  command: "exit 7",
  label: null,
  reason: "failed 3 of 3 attempts",
  lastError: "exit code 7",
  exitCode: 7,
  attempts: 3,
  cwd: "/some/where",
  priority: 5,
  env: { SECRET: "x" },
} as unknown as Job;

Deno.test("a hook is told of the dead job, in its queue and folder, and gets nothing of its environment", () => {
  const hook = deathHook(dead, { id: "h", command: "notify", maxRetries: 2, priorityStepMs: 1 });
  assertEquals([hook.id, hook.hookOf, hook.queue, hook.cwd], ["h", "job1", "video", "/some/where"]);
  assertEquals([hook.command, hook.argv, hook.priority, hook.maxRetries], ["notify", null, 5, 2]);
  assertEquals(Object.keys(hook.env), Object.keys(hookVariables));
  assertEquals(hook.env, {
    QUEUECTL_DEAD_ID: "job1",
    QUEUECTL_DEAD_QUEUE: "video",
    QUEUECTL_DEAD_COMMAND: "exit 7",
    QUEUECTL_DEAD_LABEL: "",
    QUEUECTL_DEAD_REASON: "failed 3 of 3 attempts",
    QUEUECTL_DEAD_ERROR: "exit code 7",
    QUEUECTL_DEAD_EXIT_CODE: "7",
    QUEUECTL_DEAD_ATTEMPTS: "3",
  });
});

Deno.test("what is not known of the dead job is empty", () => {
  const { env } = deathHook({ ...dead, exitCode: null, lastError: null, reason: null }, {
    id: "h",
    command: "notify",
    maxRetries: 2,
    priorityStepMs: 1,
  });
  assertEquals([env.QUEUECTL_DEAD_EXIT_CODE, env.QUEUECTL_DEAD_ERROR, env.QUEUECTL_DEAD_REASON], [
    "",
    "",
    "",
  ]);
});
