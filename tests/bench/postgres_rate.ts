/** Claiming and settling no-op jobs on PostgreSQL, without running them, beside graphile-worker and pg-boss. */

import { newSchemaName, runSql } from "../support/postgres.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { interleave, median, medianRatio } from "./samples.ts";
import type { Workshop } from "./workshop.ts";

/** As the programs in `peers/` are named. */
type Peer = "queuectl" | "graphile_worker" | "pg_boss";

interface Shift {
  readonly schema?: string;
  readonly jobs: number;
  readonly atOnce: number;
  readonly more?: readonly number[];
}

export const postgresRate: Benchmark = {
  name: "postgres-rate",
  summary: "claim and settle on PostgreSQL, beside graphile-worker and pg-boss",
  async run(workshop) {
    const url = await workshop.postgres();
    if (url === null) return [withoutServer("claim and settle on PostgreSQL", "×")];
    const rows: Row[] = [];
    for (const atOnce of workshop.quick ? [4] : [1, 4, 16]) {
      rows.push(...await compare(workshop, url, atOnce));
    }
    return rows;
  },
};

export function withoutServer(what: string, unit: Row["unit"]): Row {
  return { what, figure: null, unit, goal: null, note: "PostgreSQL's programs are not here" };
}

async function compare(workshop: Workshop, url: string, atOnce: number): Promise<Row[]> {
  const shift = { jobs: workshop.size(25_000, 2_000), atOnce };
  const rate = (peer: Peer, more: Partial<Shift> = {}) => () =>
    shiftRate(workshop, url, peer, { ...shift, ...more });
  const samples = await interleave({
    slots: rate("queuectl"),
    workers: rate("queuectl", { atOnce: 1, more: [atOnce] }),
    graphile: rate("graphile_worker"),
    boss: rate("pg_boss"),
    prefetching: rate("graphile_worker", { jobs: workshop.size(150_000, 20_000), more: [500] }),
  }, workshop.size(3, 1));
  const better = samples.graphile.map((rate, round) => Math.max(rate, samples.boss[round]!));
  const rounded = (rates: readonly number[]) => median(rates).toFixed(0);
  const others = `graphile-worker ${rounded(samples.graphile)} (${
    rounded(samples.prefetching)
  } where it prefetches 500), pg-boss ${rounded(samples.boss)} jobs/s`;
  const row = (who: string, own: readonly number[]): Row => ({
    what: `claim and settle on PostgreSQL, ${who} / the better of two others`,
    figure: medianRatio(own, better),
    unit: "×",
    goal: { atLeast: 1 },
    note: `${rounded(own)} / ${others}`,
  });
  const bySlots = row(`a worker with ${atOnce} slot(s)`, samples.slots);
  return atOnce === 1 ? [bySlots] : [bySlots, row(`${atOnce} workers`, samples.workers)];
}

/** How many jobs a second a program settles, in a schema of its own unless one is given. */
export async function shiftRate(
  workshop: Workshop,
  url: string,
  peer: Peer,
  { schema = newSchemaName(), jobs, atOnce, more = [] }: Shift,
): Promise<number> {
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const program = new URL(`peers/${peer}.ts`, import.meta.url).href;
  const args = ["run", "-A", ...flags, program, url, schema, ...[jobs, atOnce, ...more].map(String)];
  const order = `${workshop.size(500, 100)} ${workshop.size(2000, 200)}\n`;
  try {
    const child = workshop.start(Deno.execPath(), args, {
      stdin: new TextEncoder().encode(order),
      hasOutput: true,
    });
    const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await answers.read();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(order));
    const { value } = await answers.read();
    await child.status;
    if (value === undefined) throw new Error(`${peer} has not worked`);
    return Number(value);
  } finally {
    await runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
}
