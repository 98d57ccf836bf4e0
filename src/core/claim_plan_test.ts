import { assertEquals } from "@std/assert";
import { type ClaimRoom, keyName, type Lane, planClaim } from "./claim_plan.ts";

interface Ready {
  readonly seq: number;
  readonly sortAt: number;
  readonly key: string | null;
}

/** A lane of jobs whose arrival numbers are also their due times. */
function lane(
  demand: string,
  seqs: readonly number[],
  fields: { queue?: string; key?: string } = {},
): Lane<Ready> {
  const heads = seqs.map((seq) => ({ seq, sortAt: seq, key: fields.key ?? null }));
  return { queue: fields.queue ?? "default", demand, heads };
}

function room(fields: Partial<ClaimRoom>): ClaimRoom {
  return { slots: 9, resources: {}, queues: new Map(), keys: new Map(), ...fields };
}

const seqs = (jobs: readonly Ready[]) => jobs.map(({ seq }) => seq);
const taken = (tiers: Lane<Ready>[][], fields: Partial<ClaimRoom>) =>
  seqs(planClaim(tiers, room(fields)).taken);

Deno.test("the best of all lanes first, and a tier before the next one", () => {
  const first = [lane("", [3, 5]), lane("gpu", [2, 4])];
  assertEquals(taken([first, [lane("", [1], { queue: "late" })]], {}), [2, 3, 4, 5, 1]);
  assertEquals(taken([first], { slots: 3 }), [2, 3, 4]);
});

Deno.test("a queue without room is passed over", () => {
  const lanes = [lane("", [1, 2, 3], { queue: "a" }), lane("", [4, 5], { queue: "b" })];
  assertEquals(taken([lanes], { queues: new Map([["a", 1]]) }), [1, 4, 5]);
  assertEquals(taken([lanes], { queues: new Map([["a", 0], ["b", 0]]) }), []);
});

Deno.test("a job that takes more slots than are free is not overtaken", () => {
  const lanes = [lane("slots=3", [2]), lane("", [1, 3])];
  assertEquals(taken([lanes, [lane("", [4], { queue: "late" })]], { slots: 3 }), [1]);
  assertEquals(taken([lanes], { slots: 4 }), [1, 2]);
  assertEquals(taken([lanes], { slots: 5 }), [1, 2, 3]);
});

Deno.test("a job that lacks a resource keeps back those that take it, and no others", () => {
  const lanes = [
    lane("gpu=2", [1]),
    lane("gpu=1", [2]),
    lane("gpu=1,license=1", [3]),
    lane("license=1", [4]),
    lane("", [5]),
  ];
  assertEquals(taken([lanes], { resources: { gpu: 1, license: 1 } }), [4, 5]);
  assertEquals(taken([lanes], { resources: { gpu: 3, license: 2 } }), [1, 2, 4, 5]);
  assertEquals(taken([lanes], { resources: { gpu: 4, license: 2 } }), [1, 2, 3, 4, 5]);
});

Deno.test("of a key no more than have room; the others are held", () => {
  const lanes = [lane("", [1, 2, 3], { key: "k" }), lane("", [4])];
  const keys = new Map([[keyName("default", "k"), 2]]);
  const plan = planClaim([lanes], room({ keys }));
  assertEquals([seqs(plan.taken), seqs(plan.held)], [[1, 2, 4], [3]]);
});
