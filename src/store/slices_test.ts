import { assert, assertEquals } from "@std/assert";
import { type ArrivalSlice, readPage, sumSlices } from "./slices.ts";
import type { JobPage } from "./store.ts";

const arrivals = { first: 11, last: 3000 };

/** How many arrival numbers a slice holds. */
function widthOf({ after, through }: ArrivalSlice): number {
  return Math.abs(through - after);
}

/** Blocks as a call into SQLite does, 0.05 ms for each arrival number. */
function block(slice: ArrivalSlice): void {
  const until = performance.now() + 0.05 * widthOf(slice);
  while (performance.now() < until);
}

Deno.test("slices meet each other, cover all that a page may hold, and nothing else", async () => {
  const slices: ArrivalSlice[] = [];
  const read = (slice: JobPage) => {
    slices.push(slice as JobPage & ArrivalSlice);
    return Promise.resolve([]);
  };
  const cases = [
    { page: { order: "oldest" }, from: 10, to: 3000 },
    { page: { order: "oldest", after: 500, through: 2500 }, from: 500, to: 2500 },
    { page: { order: "newest" }, from: 3001, to: 11 },
    { page: { order: "newest", after: 2500, through: 500 }, from: 2500, to: 500 },
  ] as const;
  for (const { page, from, to } of cases) {
    slices.length = 0;
    assertEquals(await readPage({ ...page, limit: 5 }, arrivals, read), []);
    assertEquals([slices[0]!.after, slices.at(-1)!.through], [from, to]);
    for (const [index, slice] of slices.slice(1).entries()) assertEquals(slice.after, slices[index]!.through);
  }
  slices.length = 0;
  await readPage({ order: "oldest", limit: 5 }, null, read);
  await readPage({ order: "newest", after: 11, limit: 5 }, arrivals, read);
  assertEquals(slices, []);
});

Deno.test("a page that nobody waits for is not looked for to its end", async () => {
  let slices = 0;
  const read = () => Promise.resolve([]).finally(() => slices++);
  await readPage({ order: "newest", limit: 5, isStopped: () => slices === 1 }, arrivals, read);
  assertEquals(slices, 1);
});

Deno.test("slow slices get narrow, and timers go on between any two of them", async () => {
  const slices: ArrivalSlice[] = [];
  let ticks = 0;
  const timer = setInterval(() => ticks++);
  const sum = await sumSlices(arrivals, undefined, (slice) => {
    block(slice);
    slices.push(slice);
    return Promise.resolve(widthOf(slice));
  });
  clearInterval(timer);
  assertEquals(sum, 2990);
  assert(slices.length > 5, `${slices.length} slices`);
  assert(ticks >= slices.length - 1, `${ticks} ticks in ${slices.length} slices`);
  // 10 ms are 200 of them; one step from there is what it may be off.
  assert(slices.slice(4).every((slice) => widthOf(slice) <= 400), slices.map(widthOf).join(" "));
});
