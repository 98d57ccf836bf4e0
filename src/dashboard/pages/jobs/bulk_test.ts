import { assert, assertEquals } from "@std/assert";
import { changeEach, filteredActions, questionOf, resultText } from "./bulk.ts";
import { noFilters } from "./filters.ts";

Deno.test("each job is changed by itself, a few at a time, and what one refuses stops no other", async () => {
  let [running, most] = [0, 0];
  const progress: number[] = [];
  const ids = Array.from({ length: 20 }, (_, index) => `j${index}`);
  const result = await changeEach("cancel", ids, {
    async change(_, [id]) {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      if (id === "j3") throw new Error("no such job");
      return [{ id: id!, was: id === "j4" ? "completed" : "pending" }];
    },
    onProgress: (done) => progress.push(done),
  });
  assertEquals([result.changed, result.over, result.failures.map(({ id }) => id)], [18, 1, ["j3"]]);
  assert(most > 1 && most <= 6, `${most} at once`);
  assertEquals(progress, ids.map((_, index) => index + 1));
  assertEquals(resultText(result), "18 jobs cancelled, 1 was over already, 1 could not be.");
  assertEquals(resultText({ action: "retry", changed: 1, over: 0, failures: [] }), "1 job retried.");
});

Deno.test("the question says how many, and removing and cancelling are dangerous", () => {
  const { title, action, isDangerous } = questionOf("remove", 1200);
  assertEquals([title, action, isDangerous], ["Remove 1,200 jobs?", "Remove 1,200 jobs", true]);
  assertEquals(questionOf("retry", 1).isDangerous, false);
});

Deno.test("all that match can be changed where the API takes that filter", () => {
  assertEquals(filteredActions(noFilters), []);
  assertEquals(filteredActions({ ...noFilters, queue: "mail" }), ["cancel"]);
  assertEquals(filteredActions({ ...noFilters, state: "failed", label: "x" }), ["cancel"]);
  assertEquals(filteredActions({ ...noFilters, state: "completed" }), []);
  assertEquals(filteredActions({ ...noFilters, state: "dead", queue: "mail" }), ["retry", "remove"]);
  // There a dead letter's "since" is when it died, and its text is in the error too.
  assertEquals(filteredActions({ ...noFilters, state: "dead", since: "1h" }), []);
});
