import { assertEquals } from "@std/assert";
import { HeartbeatWatch } from "./lease.ts";

Deno.test("silence grows while the value stands still, and starts anew with a beat", () => {
  const watch = new HeartbeatWatch(15_000);
  assertEquals(watch.silenceMs("w", "1", 0), 0);
  assertEquals(watch.silenceMs("w", "1", 10_000), 10_000);
  assertEquals(watch.silenceMs("w", "1", 20_000), 20_000);
  assertEquals(watch.silenceMs("w", "2", 25_000), 0);
  assertEquals(watch.silenceMs("w", "2", 30_000), 5000);
});

Deno.test("a watcher that slept proves nothing", () => {
  const watch = new HeartbeatWatch(15_000);
  watch.silenceMs("w", "1", 0);
  assertEquals(watch.silenceMs("w", "1", 40_000), 0);
  assertEquals(watch.silenceMs("w", "1", 50_000), 10_000);
});

Deno.test("a watcher that could not write forgets all, each key for itself otherwise", () => {
  const watch = new HeartbeatWatch(15_000);
  watch.silenceMs("a", "1", 0);
  assertEquals(watch.silenceMs("b", "1", 5000), 0);
  assertEquals(watch.silenceMs("a", "1", 6000), 6000);
  watch.reset();
  assertEquals(watch.silenceMs("a", "1", 7000), 0);
});

Deno.test("what is not looked at any more is forgotten", () => {
  const watch = new HeartbeatWatch(15_000);
  watch.silenceMs("gone", "1", 0);
  watch.silenceMs("here", "1", 1000);
  watch.forgetBefore(1000);
  assertEquals(watch.silenceMs("gone", "1", 2000), 0);
  assertEquals(watch.silenceMs("here", "1", 2000), 1000);
});
