import { assert, assertEquals } from "@std/assert";
import { orderByDependencies } from "./dependency_order.ts";

function jobs(text: string) {
  return text.split(" ").map((part) => {
    const [id, after = ""] = part.split("<");
    const ids = after === "" ? [] : after.split(",");
    return { id: id!, after: ids.map((parentId) => ({ parentId, awaits: "completed" as const })) };
  });
}

Deno.test("parents come before those that wait for them, in whichever order they are given", () => {
  for (const text of ["d<b,c c<a b<a a", "a b<a c<a d<b,c", "x<elsewhere b<a,elsewhere a"]) {
    const batch = jobs(text);
    const found = orderByDependencies(batch);
    assert(found.cycle === null);
    assertEquals(found.order.toSorted((one, other) => one - other), [...batch.keys()]);
    const ids = found.order.map((place) => batch[place]!.id);
    for (const { id, after } of batch) {
      for (const { parentId } of after) assert(ids.indexOf(parentId) < ids.indexOf(id), text);
    }
  }
});

Deno.test("a cycle is found, and begins with the first of its jobs", () => {
  assertEquals(orderByDependencies(jobs("a<a")), { cycle: [0] });
  assertEquals(orderByDependencies(jobs("x a<b b<a")), { cycle: [1, 2] });
  assertEquals(orderByDependencies(jobs("x<c a<c b<a c<b")), { cycle: [1, 3, 2] });
  assertEquals(orderByDependencies(jobs("a<b,c b<d c<d d<e e<b")), { cycle: [1, 3, 4] });
});

Deno.test("jobs without an id may wait, and nobody waits for them", () => {
  const batch = [{ id: null, after: [{ parentId: "a", awaits: "ended" as const }] }, { id: "a", after: [] }];
  assertEquals(orderByDependencies(batch), { cycle: null, order: [1, 0] });
});

Deno.test("a chain of a hundred thousand, and a cycle as long", () => {
  const count = 100_000;
  const chain = Array.from({ length: count }, (_, i) => ({
    id: `j${i}`,
    after: i + 1 === count ? [] : [{ parentId: `j${i + 1}`, awaits: "completed" as const }],
  }));
  const found = orderByDependencies(chain);
  assert(found.cycle === null);
  assertEquals([found.order[0], found.order.at(-1)], [count - 1, 0]);
  const ring = chain.with(-1, { id: `j${count - 1}`, after: [{ parentId: "j0", awaits: "completed" }] });
  assertEquals(orderByDependencies(ring).cycle?.length, count);
});
