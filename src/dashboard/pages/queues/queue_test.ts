import { assertEquals } from "@std/assert";
import { plainValues, readQueueForm } from "./queue_form.ts";
import { defaultsText, limitsText } from "./queue_words.ts";

const before = { ...plainValues, limit: "4", rate: "10/m" };

Deno.test("only what was changed is sent, and nothing in a field takes its limit away", () => {
  assertEquals(readQueueForm(before, before), { changes: {}, errors: {} });
  assertEquals(
    readQueueForm(before, { ...before, limit: "", key_limit: " 2 ", rate: "", throttle_for: "10m" }),
    {
      changes: { limit: null, key_limit: 2, rate: null, throttle_for: "10m" },
      errors: {},
    },
  );
  assertEquals(readQueueForm(before, { ...before, state: "paused" }).changes, { state: "paused" });
});

Deno.test("what is no number of jobs is told at its field", () => {
  for (const wrong of ["0", "-1", "1.5", "many", "1000001"]) {
    const { changes, errors } = readQueueForm(before, { ...before, limit: wrong });
    assertEquals([Object.keys(changes), Object.keys(errors)], [[], ["limit"]], wrong);
  }
});

Deno.test("limits and defaults are told in words", () => {
  assertEquals(limitsText({ rate: "10/m", key_limit: 2 }), "10/m, 2 per key");
  assertEquals(limitsText({ rate: null, key_limit: null }), "–");
  assertEquals(
    defaultsText({ priority: 5, max_retries: 2, timeout: "10m" }),
    "priority 5, attempts 2, timeout 10m",
  );
});
