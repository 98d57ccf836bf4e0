import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Job, JobChange, JobPage } from "../../api/types.ts";
import { freshRows, type HeldRows, newerText, patchRows, takePage } from "./held_rows.ts";

function page(arrivals: readonly number[], next: string | null = null, state = "pending"): JobPage {
  return { jobs: arrivals.map((arrival) => ({ id: `j${arrival}`, arrival, state }) as Job), next };
}
const shown = freshRows(page([5, 4, 3], "@3"), "k");
const ids = ({ jobs }: HeldRows) => jobs.map(({ id }) => id);

Deno.test("rows are exchanged where they may move, and where something else is asked for", () => {
  assertEquals(ids(takePage(shown, page([6, 5, 4], "@4"), { key: "k", mayMove: true })), ["j6", "j5", "j4"]);
  assertEquals(ids(takePage(shown, page([2, 1]), { key: "other", mayMove: false })), ["j2", "j1"]);
  assertEquals(ids(takePage(freshRows(page([]), "k"), page([1]), { key: "k", mayMove: false })), ["j1"]);
});

Deno.test("rows that are read stay where they are, and newer ones are counted", () => {
  const held = takePage(shown, page([7, 6, 5], "@5", "completed"), { key: "k", mayMove: false });
  assertEquals(ids(held), ["j5", "j4", "j3"]);
  assertEquals(held.jobs.map(({ state }) => state), ["completed", "pending", "pending"]);
  assertEquals([held.newer, held.isNewerOpen, held.next, [...held.left]], [2, false, "@3", []]);
  assertEquals(newerText(held), "2 newer jobs");
  const all = takePage(shown, page([9, 8, 7], "@7"), { key: "k", mayMove: false });
  assertEquals(newerText(all), "3+ newer jobs");
  assertEquals(newerText({ newer: 1, isNewerOpen: false }), "1 newer job");
});

Deno.test("a row that is not among its neighbours any more has left; of those beyond nothing is known", () => {
  const held = takePage(shown, page([6, 5, 3], "@3"), { key: "k", mayMove: false });
  assertEquals([...held.left], ["j4"]);
  assertEquals([...takePage(shown, page([6, 5], null), { key: "k", mayMove: false }).left], ["j4", "j3"]);
  assertEquals([...takePage(shown, page([]), { key: "k", mayMove: false }).left], ["j5", "j4", "j3"]);
});

Deno.test("an event changes its row alone", () => {
  const change = {
    id: "j4",
    arrival: 4,
    queue: "q",
    state: "dead",
    attempts: 3,
    runs: 3,
    exit_code: 1,
    updated_at: "",
  };
  const patched = patchRows(shown, change as JobChange);
  assertEquals(patched.jobs.map(({ state }) => state), ["pending", "dead", "pending"]);
  assertStrictEquals(patched.jobs[0], shown.jobs[0]);
  assertStrictEquals(patchRows(shown, { ...change, id: "x" } as JobChange), shown);
});
