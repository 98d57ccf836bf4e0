import { assertEquals } from "@std/assert";
import type { Job } from "./job.ts";
import { compareJobs, formatJobOrder, jobSortKeys, parseJobOrder } from "./job_order.ts";

type Sample = Pick<Job, "seq" | "state" | "runAt" | "priority" | "startedAt" | "finishedAt">;

const done: Sample = { seq: 1, state: "completed", runAt: 30, priority: 5, startedAt: 100, finishedAt: 180 };
const quick: Sample = { seq: 2, state: "dead", runAt: 10, priority: 5, startedAt: 140, finishedAt: 150 };
const running: Sample = {
  seq: 3,
  state: "processing",
  runAt: 20,
  priority: -1,
  startedAt: 150,
  finishedAt: null,
};
const waiting: Sample = { seq: 4, state: "pending", runAt: 40, priority: 0, startedAt: 90, finishedAt: null };
const fresh: Sample = { seq: 5, state: "pending", runAt: 40, priority: 0, startedAt: null, finishedAt: null };

function sorted(order: string): number[] {
  const compare = compareJobs(parseJobOrder(order)!, 200);
  return ([fresh, waiting, running, quick, done] as Job[]).toSorted(compare).map(({ seq }) => seq);
}

Deno.test("jobs are compared by a key, then by arrival, and those without a value come last", () => {
  assertEquals(sorted("created"), [1, 2, 3, 4, 5]);
  assertEquals(sorted("-created"), [5, 4, 3, 2, 1]);
  assertEquals(sorted("run_at"), [2, 3, 1, 4, 5]);
  assertEquals(sorted("-run_at"), [4, 5, 1, 3, 2]);
  assertEquals(sorted("priority"), [3, 4, 5, 1, 2]);
  assertEquals(sorted("-priority"), [1, 2, 4, 5, 3]);
  assertEquals(sorted("finished"), [2, 1, 3, 4, 5]);
  assertEquals(sorted("-finished"), [1, 2, 3, 4, 5]);
  // A job that waits for its next attempt has no duration, whatever its last run took.
  assertEquals(sorted("duration"), [2, 3, 1, 4, 5]);
  assertEquals(sorted("-duration"), [1, 3, 2, 4, 5]);
});

Deno.test("orders read back, and anything else is none", () => {
  for (const key of jobSortKeys) {
    for (const text of [key, `-${key}`]) assertEquals(formatJobOrder(parseJobOrder(text)!), text);
  }
  for (const text of ["", "-", "--created", "Created", "id", "toString"]) {
    assertEquals(parseJobOrder(text), undefined);
  }
});
