import { assertEquals, assertThrows } from "@std/assert";
import { hasDependencies, planDependencies, refuseCycle, storedParents } from "./dependency_plan.ts";
import { DependencyCycle, UnknownParent } from "./errors.ts";
import type { AwaitedEnd, JobState } from "./job.ts";

const job = (id: string, ...after: (readonly [string, AwaitedEnd])[]) => ({
  id,
  after: after.map(([parentId, awaits]) => ({ parentId, awaits })),
});

function planned(jobs: ReturnType<typeof job>[], stored: Record<string, JobState> = {}) {
  const plan = planDependencies(jobs, new Map(Object.entries(stored)));
  return Object.fromEntries(
    [...plan].map(([place, start]) => [jobs[place]!.id, [start.state, start.openParents, start.brokenBy]]),
  );
}

Deno.test("a job waits for parents that have not ended, and not for those that have as it wants", () => {
  assertEquals(
    planned([job("b", ["a", "completed"], ["x", "completed"], ["y", "ended"]), job("a")], {
      x: "processing",
      y: "dead",
    }),
    { b: ["blocked", 2, null] },
  );
  assertEquals(planned([job("b", ["x", "completed"])], { x: "completed" }), { b: ["pending", 0, null] });
  assertEquals(planned([job("b", ["x", "dead"])], { x: "dead" }), { b: ["pending", 0, null] });
});

Deno.test("a job whose parent can no longer end as it wants is cancelled at once, and so on in the batch", () => {
  const jobs = [
    job("d", ["c", "ended"]),
    job("c", ["b", "completed"]),
    job("b", ["x", "completed"], ["y", "ended"]),
  ];
  assertEquals(planned(jobs, { x: "cancelled", y: "pending" }), {
    b: ["cancelled", 1, "x"],
    c: ["cancelled", 0, "b"],
    d: ["pending", 0, null],
  });
  const [start] = planDependencies([job("b", ["x", "dead"])], new Map([["x", "completed"]])).values();
  assertEquals(start!.reason, "job x, which it waited for, is completed");
  assertEquals(start!.links, [{ parentId: "x", awaits: "dead", state: "broken" }]);
});

Deno.test("unknown parents are refused with the place of the job", () => {
  const error = assertThrows(() => planned([job("a"), job("b", ["c", "completed"])]), UnknownParent);
  assertEquals([error.id, error.index], ["b", 1]);
  assertEquals(error.message, 'Cannot enqueue job "b": it waits for job "c", which is not there');
});

Deno.test("cycles are refused and named, long ones in part", () => {
  const cycle = assertThrows(
    () => planned([job("x"), job("a", ["b", "ended"]), job("b", ["a", "ended"])]),
    DependencyCycle,
  );
  assertEquals([cycle.id, cycle.index], ["a", 1]);
  assertEquals(cycle.message, 'Cannot enqueue job "a": it would wait for itself: a → b → a');
  const self = assertThrows(() => refuseCycle([job("a", ["a", "ended"])]), DependencyCycle);
  assertEquals(self.message, 'Cannot enqueue job "a": it would wait for itself: a → a');
  const long = Array.from({ length: 50 }, (_, i) => job(`j${i}`, [`j${(i + 1) % 50}`, "completed"]));
  assertEquals(
    assertThrows(() => refuseCycle(long), DependencyCycle).message,
    'Cannot enqueue job "j0": it would wait for itself: j0 → j1 → j2 → j3 → j4 → j5 → … (43 more) → j49 → j0',
  );
});

Deno.test("parents outside of the batch are looked up, each once", () => {
  const jobs = [job("a", ["x", "ended"], ["b", "ended"]), job("b", ["x", "completed"])];
  assertEquals(storedParents(jobs), ["x"]);
  assertEquals([hasDependencies(jobs), hasDependencies([job("a")])], [true, false]);
});
