import { assertEquals, assertThrows } from "@std/assert";
import { QueueError } from "./errors.ts";
import { changedJob, type EditableField, editableFields, readChanges } from "./job_changes.ts";
import type { Job } from "./job.ts";

const read = (fields: Parameters<typeof readChanges>[0]) =>
  readChanges(fields, { subject: 'job "j"', readWords: () => ({ found: "it is not understood" }) });

Deno.test("only what is given is changed, as it would be enqueued", () => {
  assertEquals(read({}), {});
  assertEquals(read({ priority: -5 }), { priority: -5 });
  assertEquals(read({ command: "ls | wc" }), { command: "ls | wc", argv: null });
  assertEquals(read({ argv: ["echo", "a b"] }), { command: "echo 'a b'", argv: ["echo", "a b"] });
  assertEquals(read({ delay: "10s", max_retries: 0 }), { due: { afterMs: 10_000 }, maxRetries: 0 });
  assertEquals(read({ run_at: "2030-01-01T00:00:00Z" }), { due: { at: Date.UTC(2030, 0) } });
  assertEquals(read({ timeout: "1m", kill_after: "0s" }), { timeoutMs: 60_000, killAfterMs: 0 });
});

Deno.test("what could not be enqueued is refused, and said to be about the edit", () => {
  const wrong: Readonly<Record<EditableField, unknown>> = {
    command: " ",
    argv: [],
    priority: 1001,
    run_at: "tomorrow",
    delay: 5,
    max_retries: -1,
    timeout: "0",
    queue: "a b",
    kill_after: "2d",
  };
  for (const [field, value] of Object.entries(wrong)) {
    const error = assertThrows(() => read({ [field]: value }), QueueError, 'Cannot edit job "j": ');
    assertEquals(error.kind, "usage");
  }
  assertThrows(() => read({ delay: "1s", run_at: "2030-01-01T00:00:00Z" }), QueueError, "both");
  assertThrows(() => read({ command: "a", argv: ["a"] }), QueueError, "both");
});

Deno.test("of a job that posts a webhook only its time, priority and attempts are changed", () => {
  const job = { id: "wh_1", hookOf: "j", webhook: "https://ada:pass@x/", runAt: 7 } as Job;
  const allowed: readonly EditableField[] = ["priority", "run_at", "delay", "max_retries"];
  const changes = {
    command: read({ command: "env; cat" }),
    argv: read({ argv: ["env"] }),
    priority: read({ priority: 5 }),
    run_at: read({ run_at: "2030-01-01T00:00:00Z" }),
    delay: read({ delay: "1s" }),
    max_retries: read({ max_retries: 2 }),
    timeout: read({ timeout: "1h" }),
    queue: read({ queue: "video" }),
    kill_after: read({ kill_after: "1s" }),
  } as const satisfies Record<EditableField, unknown>;
  for (const field of editableFields) {
    const edit = () => changedJob(job, { ...changes[field], priority: 5 }, 100);
    if (allowed.includes(field)) assertEquals(edit().priority, 5, field);
    else {
      const { kind, message } = assertThrows(
        edit,
        QueueError,
        'Cannot edit job "wh_1": it posts a webhook',
        field,
      );
      assertEquals([kind, message.includes("pass")], ["refused", false]);
    }
    // Who has a webhook, or runs after an end, posts none.
    for (const other of [{ ...job, hookOf: null }, { ...job, webhook: null }]) {
      changedJob(other, changes[field], 100);
    }
  }
});

Deno.test("a job is due as before unless that is changed", () => {
  const job = { command: "a", priority: 1, runAt: 7, updatedAt: 7, hookOf: null, webhook: null } as Job;
  assertEquals(changedJob(job, { priority: 2 }, 100), { ...job, priority: 2, updatedAt: 100 });
  assertEquals(changedJob(job, { due: { afterMs: 5 } }, 100), { ...job, runAt: 105, updatedAt: 100 });
  assertEquals(changedJob(job, { due: { at: 5 } }, 100), { ...job, runAt: 5, updatedAt: 100 });
});
