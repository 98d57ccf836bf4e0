import type { Store } from "../../src/store/store.ts";

/** Retries every dead job, in writes of a thousand; returns how many. */
export async function retryAllDead(store: Store, cascade = false): Promise<number> {
  const filter = { state: "dead" } as const;
  let count = 0;
  for (let after = 0;;) {
    const page = await store.jobs({ ...filter, order: "oldest", after, limit: 1000 });
    const seqs = page.map(({ seq }) => seq);
    count += (await store.retryDead({ seqs, filter, due: null, cascade })).retried;
    if (page.length < 1000) return count;
    after = seqs.at(-1)!;
  }
}
