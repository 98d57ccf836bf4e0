import { assert, assertEquals } from "@std/assert";
import type { DeadGroup, JobChange } from "../../api/types.ts";
import {
  ageOf,
  ages,
  agesFor,
  countMeant,
  filterOf,
  isNarrowed,
  mayChangeDead,
  paramsOfAge,
  queryOfGroups,
  selectionOf,
  whichOf,
} from "./filter.ts";

const read = (query: string) => filterOf(new URLSearchParams(query));

Deno.test("what a URL says is what the API is told", () => {
  assertEquals(selectionOf(read("")), { all: true });
  assertEquals(selectionOf(read("after=%405&queue=")), { all: true });
  assertEquals(selectionOf(read("queue=films&exit_code=3&older_than=7d&contains=No+luck")), {
    filter: { queue: "films", older_than: "7d", exit_code: 3, contains: "No luck" },
  });
  assertEquals(selectionOf(read("group=0123456789")), { filter: { group: "0123456789" } });
  assertEquals(queryOfGroups(read("group=0123456789&queue=films")), {
    queue: "films",
    since: "",
    older_than: "",
    exit_code: "",
    contains: "",
  });
  assert(!isNarrowed(read("group=0123456789")) && isNarrowed(read("contains=x")));
});

Deno.test("each age is one parameter, and one of the URL's own is among the choices", () => {
  for (const [age] of ages) assertEquals(ageOf(paramsOfAge(age)), age);
  assertEquals(agesFor(read("since=24h")), ages);
  assertEquals(agesFor(read("older_than=3h")).at(-1), ["older_than=3h", "Died before: 3h"]);
});

Deno.test("how many are meant is the sum of the groups that are meant", () => {
  const groups = [{ group: "a", count: 3 }, { group: "b", count: 4 }] as unknown as DeadGroup[];
  assertEquals([read(""), read("group=b"), read("group=c")].map((each) => countMeant(groups, each)), [
    7,
    4,
    0,
  ]);
});

Deno.test("dead letters change when a job dies, and when one has all its attempts again", () => {
  const change = (given: Partial<JobChange>) =>
    mayChangeDead({ state: "pending", attempts: 0, runs: 0, ...given } as JobChange);
  assert(change({ state: "dead", attempts: 3, runs: 3 }));
  assert(change({ runs: 3 }));
  assert(change({ state: "processing", runs: 4 }));
  assert(change({ state: "blocked", runs: 3 }));
  assert(!change({}));
  assert(!change({ attempts: 1, runs: 1 }));
  assert(!change({ state: "processing", runs: 1 }));
  assert(!change({ state: "completed", runs: 1 }));
});

Deno.test("which jobs a filter means is said in words", () => {
  const all = filterOf(new URLSearchParams());
  assertEquals(whichOf(all), "of all queues");
  assertEquals(whichOf({ ...all, queue: "films" }), "that the filters show");
  assertEquals(whichOf({ ...all, group: "g" }), "of this group");
  assertEquals(whichOf({ ...all, group: "g", queue: "films" }), "of this group that the filters show");
});
