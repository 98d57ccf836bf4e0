import { assertEquals } from "@std/assert";
import { type StoreProblem, StoreUnavailable } from "../core/errors.ts";
import { Trouble } from "./trouble.ts";

function withLines(): { readonly trouble: Trouble; readonly lines: string[] } {
  const lines: string[] = [];
  return { trouble: new Trouble((line) => lines.push(line)), lines };
}

const away = (problem: StoreProblem, message: string) => new StoreUnavailable(problem, message);
const answers = "the store answers again";

Deno.test("a store that is away is said once, whatever it holds up and however it says so", () => {
  const { trouble, lines } = withLines();
  trouble.met("settling", away("unreachable", "closed"));
  trouble.met("settling", away("unreachable", "refused"));
  trouble.met("looking", away("unreachable", "refused"));
  trouble.over("looking");
  assertEquals(lines, ["settling: closed; trying again until the store answers"]);
  trouble.over("settling");
  trouble.over("settling");
  assertEquals(lines.slice(1), [answers]);
});

Deno.test("reads that go on do not end the trouble of writes", () => {
  const { trouble, lines } = withLines();
  for (let round = 0; round < 3; round++) {
    trouble.met("renewing", away("read_only", "standby"));
    trouble.over("looking");
  }
  assertEquals(lines.length, 1);
});

Deno.test("another kind of problem is said, too, and the next outage anew", () => {
  const { trouble, lines } = withLines();
  for (let outage = 0; outage < 2; outage++) {
    trouble.met("settling", away("unreachable", "refused"));
    trouble.met("settling", away("no_access", "wrong password"));
    trouble.met("settling", away("unreachable", "refused"));
    trouble.over("settling");
  }
  assertEquals(lines.length, 6);
});

Deno.test("an error that is not the store's is said once as long as it stays the same", () => {
  const { trouble, lines } = withLines();
  for (const message of ["a", "a", "b"]) trouble.met("looking", new Error(message));
  trouble.over("looking");
  trouble.over("looking");
  assertEquals(lines, ["looking: a", "looking: b", "looking: that is over"]);
});
