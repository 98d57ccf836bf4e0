import { assertEquals } from "@std/assert";
import { expiresTooSoon, expiryOf, hasExpired, isNeverAfter } from "./expiry.ts";

Deno.test("only a job that waits for its first run expires, at its expiry", () => {
  const job = { state: "pending", runCount: 0, expiresAt: 1000 } as const;
  assertEquals([expiryOf(job), hasExpired(job, 999), hasExpired(job, 1000)], [1000, false, true]);
  for (const other of [{ ...job, runCount: 1 }, { ...job, expiresAt: null }]) {
    assertEquals([expiryOf(other), hasExpired(other, 5000)], [null, false]);
  }
  assertEquals(hasExpired({ ...job, state: "blocked" }, 1000), true);
  for (const state of ["processing", "completed", "dead", "cancelled"] as const) {
    assertEquals(hasExpired({ ...job, state }, 5000), false, state);
  }
});

Deno.test("an expiry that is not after the due time, or is past already, is too soon", () => {
  const now = 5000;
  assertEquals(expiresTooSoon({ runAt: 6000, expiresAt: 6000 }, now), true);
  assertEquals(expiresTooSoon({ runAt: 6000, expiresAt: 6001 }, now), false);
  assertEquals(expiresTooSoon({ runAt: 1000, expiresAt: 5000 }, now), true);
  assertEquals(expiresTooSoon({ runAt: 1000, expiresAt: 5001 }, now), false);
  assertEquals(expiresTooSoon({ runAt: 6000, expiresAt: null }, now), false);
});

Deno.test("two waits or two instants are compared without the time, others are not", () => {
  assertEquals(isNeverAfter({ afterMs: 10 }, { afterMs: 10 }), true);
  assertEquals(isNeverAfter({ afterMs: 11 }, { afterMs: 10 }), false);
  assertEquals(isNeverAfter({ at: 10 }, { at: 10 }), true);
  assertEquals(isNeverAfter({ at: 11 }, { at: 10 }), false);
  assertEquals(isNeverAfter({ at: 1 }, { afterMs: 10 }), false);
  assertEquals(isNeverAfter({ afterMs: 1 }, { at: 10 }), false);
});
