import { assert, assertEquals } from "@std/assert";
import { DuplicateJob, messageOf, QueueError, StoreUnavailable } from "./errors.ts";

Deno.test("errors keep kind, hint and cause", () => {
  const cause = new Error("inside");
  const error = new StoreUnavailable("busy", "Cannot", { hint: "Try", cause });
  assert(error instanceof QueueError);
  assertEquals([error.kind, error.problem, error.hint, error.cause], ["unavailable", "busy", "Try", cause]);
  assertEquals(new DuplicateJob("a", "pending", 2).kind, "refused");
  assertEquals([messageOf(cause), messageOf("text")], ["inside", "text"]);
  assertEquals("cause" in new QueueError("failed", "x"), false);
});
