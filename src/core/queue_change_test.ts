import { assertEquals } from "@std/assert";
import { plainQueue } from "./queue.ts";
import { changedQueue } from "./queue_change.ts";

Deno.test("a change of a queue leaves what it does not name", () => {
  const set = changedQueue(plainQueue("q"), {
    limit: 2,
    defaults: { priority: 1, rules: { backoffBase: 3 } },
  }, 0);
  assertEquals(set, { ...plainQueue("q"), limit: 2, defaults: { priority: 1, rules: { backoffBase: 3 } } });
  assertEquals(changedQueue(set, {}, 0), set);
  assertEquals(changedQueue(set, { limit: null, defaults: { priority: null } }, 0), {
    ...plainQueue("q"),
    defaults: { rules: { backoffBase: 3 } },
  });
  assertEquals(changedQueue(set, { defaults: { rules: { backoffBase: null } } }, 0).defaults, {
    priority: 1,
  });
});

Deno.test("a throttle lasts as long as it was told, and one that is over is forgotten", () => {
  const throttled = changedQueue(plainQueue("q"), { throttleMs: 1000 }, 5000);
  assertEquals(throttled.throttledUntil, 6000);
  assertEquals(changedQueue(throttled, { limit: 1 }, 5999).throttledUntil, 6000);
  assertEquals(changedQueue(throttled, { limit: 1 }, 6000).throttledUntil, null);
  assertEquals(changedQueue(throttled, { throttleMs: 0 }, 5500).throttledUntil, null);
});
