import { assertEquals } from "@std/assert";
import type { ShownJob } from "../../api/types.ts";
import { changesOf, fieldOf, valuesOf } from "./edit_form.ts";

const job = {
  command: "echo hi",
  argv: null,
  queue: "default",
  priority: 0,
  max_retries: 3,
  timeout: "10m",
  kill_after: null,
} as unknown as ShownJob;

Deno.test("only what was changed is sent, as the API takes it", () => {
  const values = valuesOf(job);
  assertEquals(changesOf(job, values), {});
  assertEquals(changesOf(job, { ...values, priority: " 5 ", timeout: "", kill_after: "3s", queue: "b" }), {
    priority: 5,
    timeout: null,
    kill_after: "3s",
    queue: "b",
  });
  assertEquals(changesOf(job, { ...values, start: "10m" }), { delay: "10m" });
  assertEquals(changesOf(job, { ...values, start: "2026-12-31T00:00:00Z" }), {
    run_at: "2026-12-31T00:00:00Z",
  });
});

Deno.test("what is no number or list goes as it is, for the API to refuse", () => {
  const words = { ...job, argv: ["echo", "hi"] };
  assertEquals(valuesOf(words).command, '["echo","hi"]');
  assertEquals(changesOf(words, { ...valuesOf(words), command: '["ls"]' }), { argv: ["ls"] });
  assertEquals(changesOf(words, { ...valuesOf(words), command: "ls", priority: "high" }), {
    argv: "ls",
    priority: "high",
  });
});

Deno.test("each field of the API stands in a field of the form", () => {
  assertEquals(["argv", "delay", "run_at", "timeout", "label"].map(fieldOf), [
    "command",
    "start",
    "start",
    "timeout",
    "",
  ]);
});
