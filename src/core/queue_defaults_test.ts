import { assertEquals } from "@std/assert";
import { filledIn } from "./queue_defaults.ts";

const nothing = { priority: null, maxRetries: null, timeoutMs: null, killAfterMs: null, rules: null };
const settings = { maxRetries: 3 };

Deno.test("what a job says goes before its queue, and that before the settings", () => {
  assertEquals(filledIn(nothing, undefined, settings), { ...nothing, priority: 0, maxRetries: 3 });
  const queue = { priority: 5, maxRetries: 1, timeoutMs: 9, killAfterMs: 8 };
  assertEquals(filledIn(nothing, queue, settings), { ...nothing, ...queue });
  const job = { ...nothing, priority: 0, maxRetries: 0, timeoutMs: 1, killAfterMs: 0 };
  assertEquals(filledIn(job, queue, settings), { ...job, priority: 0, maxRetries: 0 });
});

Deno.test("rules of a queue fill those of a job, but a base goes with its shape", () => {
  const queue = { rules: { waits: "linear", backoffBase: 30, backoffMaxMs: 60 } } as const;
  assertEquals(filledIn(nothing, queue, settings).rules, queue.rules);
  assertEquals(
    filledIn({ ...nothing, rules: { okCodes: [0, 3], backoffMaxMs: null } }, queue, settings).rules,
    {
      waits: "linear",
      backoffBase: 30,
      backoffMaxMs: null,
      okCodes: [0, 3],
    },
  );
  assertEquals(filledIn({ ...nothing, rules: { waits: "exponential" } }, queue, settings).rules, {
    waits: "exponential",
    backoffMaxMs: 60,
  });
});
