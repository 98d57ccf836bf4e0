import { assertEquals } from "@std/assert";
import { awaitedEnds, type JobState, jobStates } from "./job.ts";
import { afterParents, afterRevival, type Link, verdictOf } from "./passed_ends.ts";

Deno.test("which ends are waited for, of each state of a parent", () => {
  const table = jobStates.map((state) => [state, ...awaitedEnds.map((awaits) => verdictOf(awaits, state))]);
  assertEquals(table, [
    ["pending", "open", "open", "open"],
    ["blocked", "open", "open", "open"],
    ["processing", "open", "open", "open"],
    ["completed", "met", "met", "broken"],
    ["dead", "broken", "met", "met"],
    ["cancelled", "broken", "met", "broken"],
  ]);
});

const child = { seq: 9, state: "blocked" as JobState, openParents: 2, brokenBy: null };
const parents = new Map([[1, { id: "p", state: "completed" as const }], [2, {
  id: "q",
  state: "dead" as const,
}]]);
const link = (parentSeq: number, awaits: Link["awaits"] = "completed"): Link => ({
  parentSeq,
  childSeq: 9,
  awaits,
});

Deno.test("a child is pending with its last parent, and cancelled with one that is in vain", () => {
  const after = (...links: Link[]) => {
    const step = afterParents(child, links, parents);
    return [step.state, step.openParents, step.brokenBy];
  };
  assertEquals(after(link(1)), ["blocked", 1, null]);
  assertEquals(after(link(1), link(2, "ended")), ["pending", 0, null]);
  assertEquals(after(link(2)), ["cancelled", 1, 2]);
  assertEquals(after(link(1), link(2)), ["cancelled", 0, 2]);
  const cancelled = { ...child, state: "cancelled" as const };
  assertEquals(afterParents(cancelled, [link(1), link(2, "ended")], parents).state, "cancelled");
  assertEquals(afterParents(child, [link(2)], parents).reason, "job q, which it waited for, is dead");
});

Deno.test("a child that its parent's end cancelled waits again, unless another one keeps it from running", () => {
  const broken = { ...child, state: "cancelled" as const, openParents: 0, brokenBy: 2 };
  assertEquals(afterRevival(broken, 1, null), {
    state: "blocked",
    openParents: 1,
    brokenBy: null,
    reason: null,
  });
  assertEquals(afterRevival(broken, 1, { seq: 3, id: "r", state: "cancelled" }), {
    state: "cancelled",
    openParents: 1,
    brokenBy: 3,
    reason: "job r, which it waited for, was cancelled",
  });
  assertEquals(afterRevival({ ...broken, brokenBy: null }, 1, null).state, "cancelled");
});
