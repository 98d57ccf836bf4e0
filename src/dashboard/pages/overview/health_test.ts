import { assertEquals } from "@std/assert";
import { calmSentence, findingsOf, type HealthFacts } from "./health.ts";

const now = Date.parse("2026-03-01T03:00:00.000Z");
const calm: HealthFacts = {
  status: { pending: 5, delayed: 5, dead: 0, processing: 2, workers: 1 },
  deadSince: null,
  workers: [{ state: "busy", held: null, host: "a", queues: ["default", "img-*"] }],
  queues: [{ name: "default", state: "open", pending: 5 }],
  waitingIn: ["default", "img-large"],
  failures: { rate: 0.02, attempts: 500, window: "24 hours" },
  now,
};
const texts = (facts: Partial<HealthFacts>) => findingsOf({ ...calm, ...facts }).map(({ text }) => text);

Deno.test("nothing is said against a queue that is well, also where jobs wait for their time", () => {
  assertEquals(texts({}), []);
  assertEquals(texts({ status: { ...calm.status, workers: 0 }, workers: [] }), []);
});

Deno.test("the worst comes first: no worker, then what died, then what is only to be known", () => {
  const found = findingsOf({
    ...calm,
    status: { pending: 17, delayed: 5, dead: 3, processing: 0, workers: 0 },
    deadSince: "2026-03-01T01:00:00.000Z",
    queues: [{ name: "mail", state: "paused", pending: 1 }],
  });
  assertEquals(found, [
    { weight: "bad", text: "No worker runs; 12 jobs wait", url: "/workers" },
    { weight: "attention", text: "3 dead letters, the first 2 h ago", url: "/dead-letters" },
    { weight: "note", text: "Queue mail is paused; 1 job waits in it", url: "/queues" },
  ]);
});

Deno.test("workers that are silent or take nothing are told of", () => {
  assertEquals(
    texts({
      workers: [
        { state: "silent", held: null, host: "a", queues: ["*"] },
        { state: "idle", held: "the load is 9.1", host: "b", queues: ["*"] },
        { state: "idle", held: "the load is 9.1", host: "b", queues: ["*"] },
      ],
    }),
    ["1 worker is silent", "Workers on b take nothing now: the load is 9.1"],
  );
});

Deno.test("a share of failures is told when it is large, and of enough attempts", () => {
  const of = (rate: number | null, attempts: number) =>
    texts({ failures: { rate, attempts, window: "hour" } });
  assertEquals(of(0.5, 9), []);
  assertEquals(of(0.19, 1000), []);
  assertEquals(of(null, 0), []);
  assertEquals(of(0.5, 10), ["50 % of 10 attempts failed in the last hour"]);
});

Deno.test("what a queue does is said in one sentence", () => {
  const of = (status: Partial<HealthFacts["status"]>) => calmSentence({ ...calm.status, ...status });
  assertEquals(of({ processing: 2, pending: 8 }), "1 worker runs 2 jobs, 3 jobs wait.");
  assertEquals(of({ processing: 0, workers: 2 }), "2 workers run no job, none waits.");
  assertEquals(of({ workers: 0 }), "No worker runs, and no job waits for one.");
});

Deno.test("a queue that no worker takes jobs of is told of, unless it is paused", () => {
  const waitingIn = ["img", "a.b", "default"];
  assertEquals(texts({ waitingIn }), [
    "No worker takes jobs of queue img, in which jobs wait",
    "No worker takes jobs of queue a.b, in which jobs wait",
  ]);
  const queues = ["img", "a.b"].map((name) => ({ name, state: "paused", pending: 1 }) as const);
  assertEquals(texts({ waitingIn, queues }), [
    "Queue img is paused; 1 job waits in it",
    "Queue a.b is paused; 1 job waits in it",
  ]);
});
