import { assertEquals } from "@std/assert";
import { firstSpanAt, type Statistics } from "../store/statistics.ts";
import type { Store } from "../store/store.ts";
import { readStatistics } from "./read_statistics.ts";

const minute = 60_000;
const begin = Date.UTC(2030, 0, 1);

/** Where nothing has run. */
function emptyStore(now: number): Store {
  const statistics = ({ from }: { readonly from: number | null }): Promise<Statistics> =>
    Promise.resolve({ from: firstSpanAt(from!, now), now, groups: [], spans: [] });
  return { statistics } as unknown as Store;
}

Deno.test("an hour is told minute by minute, whenever it is asked for", async () => {
  for (let second = 0; second < 7200; second += 20) {
    const now = begin + second * 1000;
    const { total, until } = await readStatistics(emptyStore(now), { from: now - 60 * minute, by: "queue" }, {
      points: 61,
    });
    const at = new Date(now).toISOString();
    assertEquals(total.points.length, second % 60 === 0 ? 60 : 61, at);
    assertEquals([total.points[1]!.at - total.points[0]!.at, until], [minute, now], at);
  }
});

Deno.test("a longer time is told in whole half hours, as many as are wanted at most", async () => {
  const now = begin + 47 * minute;
  const { total } = await readStatistics(emptyStore(now), { from: now - 24 * 60 * minute, by: "queue" }, {
    points: 30,
  });
  assertEquals(total.points.length, 25);
  assertEquals(total.points.every(({ at }) => at % (30 * minute) === 0), true);
});
