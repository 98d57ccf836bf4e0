/** Counts of one span, queue and program as one text, and sums of them. */

import { bucketOf } from "../core/buckets.ts";
import type { JobState } from "../core/job.ts";
import type { Outcome } from "../core/run.ts";
import { number, type SqlRow, text } from "./rows.ts";
import {
  type GroupStatistics,
  type LengthMeasure,
  lengthMeasures,
  type Lengths,
  type Measure,
  mostPrograms,
  otherPrograms,
  spans,
  type Statistics,
  type StatisticsGroup,
} from "./statistics.ts";

/** Counts by bucket, and how long all of them lasted; of outcomes, which last nothing, 0. */
type Pack = { [Name in Measure]?: { n: Record<string, number>; ms: number } };

/** What a packed row is of. */
export interface PackedRow {
  readonly spanMs: number;
  readonly at: number;
  readonly queue: string;
  readonly program: string;
  readonly counts: string;
}

type Counted = { readonly n: Record<string, number>; readonly ms: number };

/** To several at once, since reading the names of the buckets is most of the work. */
function add(packs: readonly Pack[], measure: Measure, given: Counted): void {
  const mine = packs.map((pack) => pack[measure] ??= { n: {}, ms: 0 });
  for (const each of mine) each.ms += given.ms;
  for (const bucket in given.n) {
    for (const { n } of mine) n[bucket] = (n[bucket] ?? 0) + given.n[bucket]!;
  }
}

function addAll(pack: Pack, other: Pack): void {
  for (const measure in other) add([pack], measure as Measure, other[measure as Measure]!);
}

/** A tally (bucket, count, total_ms of a measure) as what is packed. */
function ofTally(row: SqlRow): Counted {
  return { n: { [text(row, "bucket")]: number(row, "count") }, ms: number(row, "total_ms") };
}

type Place = Omit<PackedRow, "counts">;

/** Packed rows that are added up before they are written. */
export class Packing {
  readonly #packs = new Map<string, { readonly place: Place; readonly pack: Pack }>();

  /** Tallies become minutes, and are added to the totals, which do not know programs. */
  addTally(row: SqlRow): void {
    const [at, queue, program] = [number(row, "at"), text(row, "queue"), text(row, "program")];
    const measure = text(row, "measure") as Measure;
    const tally = ofTally(row);
    const minute = this.#packAt({ spanMs: spans.minute, at, queue, program });
    const totals = this.#packAt({ spanMs: spans.totals, at: 0, queue, program: "" });
    add([minute, totals], measure, tally);
  }

  /** A packed row, where it is or at another place. */
  addPacked(row: SqlRow, to: Partial<Place> = {}): void {
    addAll(this.#packAt({ ...placeOf(row), ...to }), JSON.parse(text(row, "counts")));
  }

  /** Minutes become half hours, in which not too many programs are told apart. */
  addMinutes(rows: readonly SqlRow[]): void {
    const halfOf = (row: SqlRow) => number(row, "at") - number(row, "at") % spans.halfHour;
    for (const [at, ofHalf] of Map.groupBy(rows, halfOf)) {
      const runs = new Map<string, number>();
      for (const row of ofHalf) {
        const program = text(row, "program");
        runs.set(program, (runs.get(program) ?? 0) + runsOf(JSON.parse(text(row, "counts"))));
      }
      runs.delete(otherPrograms);
      const kept = new Set(
        [...runs].toSorted(([name, one], [otherName, other]) => other - one || (name < otherName ? -1 : 1))
          .slice(0, mostPrograms).map(([name]) => name),
      );
      for (const row of ofHalf) {
        const program = kept.has(text(row, "program")) ? text(row, "program") : otherPrograms;
        this.addPacked(row, { spanMs: spans.halfHour, at, program });
      }
    }
  }

  /** In the order of their keys, so that no two who write them wait for each other. */
  rows(): PackedRow[] {
    const keyOf = ({ spanMs, at, queue, program }: Place) => [spanMs, at, queue, program] as const;
    return [...this.#packs.values()].map(({ place, pack }) => ({ ...place, counts: JSON.stringify(pack) }))
      .toSorted((one, other) => {
        const [mine, theirs] = [keyOf(one), keyOf(other)];
        const index = mine.findIndex((part, i) => part !== theirs[i]);
        return index === -1 ? 0 : mine[index]! < theirs[index]! ? -1 : 1;
      });
  }

  #packAt(place: Place): Pack {
    const key = `${place.spanMs} ${place.at} ${place.queue} ${place.program}`;
    let found = this.#packs.get(key);
    if (found === undefined) this.#packs.set(key, found = { place, pack: {} });
    return found.pack;
  }
}

/** A run has one outcome. */
function runsOf(pack: Pack): number {
  return Object.values(pack.outcome?.n ?? {}).reduce((sum, count) => sum + count, 0);
}

export function placeOf(row: SqlRow): Place {
  return {
    spanMs: number(row, "span_ms"),
    at: number(row, "at"),
    queue: text(row, "queue"),
    program: text(row, "program"),
  };
}

interface Sum {
  readonly outcomes: Map<string, { at: number; bucket: string; count: number }>;
  readonly lengths: Pack;
}

/** Adds up tallies and packed rows into what is told of them. */
export class StatisticsSum {
  readonly #groups = new Map<string, Sum>();
  /** Lengths by when their minute or half hour began. */
  readonly #spans = new Map<number, Pack>();
  readonly #column: "queue" | "program";
  readonly #from: number | null;

  constructor(by: StatisticsGroup, from: number | null) {
    this.#column = by === "queue" ? "queue" : "program";
    this.#from = from;
  }

  addTally(row: SqlRow): void {
    this.#add(row, text(row, "measure") as Measure, ofTally(row));
  }

  addPacked(row: SqlRow): void {
    const pack: Pack = JSON.parse(text(row, "counts"));
    for (const measure in pack) this.#add(row, measure as Measure, pack[measure as Measure]!);
  }

  result(now: number): Statistics {
    const groups = [...this.#groups].map(([group, { outcomes, lengths }]): GroupStatistics => ({
      group,
      outcomes: [...outcomes.values()].map(({ at, bucket, count }) => {
        const [outcome, state] = bucket.split(" ");
        return { at, outcome: outcome as Outcome, state: state as JobState, count };
      }).toSorted((one, other) => one.at - other.at),
      lengths: allLengthsOf(lengths),
    })).toSorted((one, other) => one.group < other.group ? -1 : 1);
    const spans = [...this.#spans].map(([at, pack]) => ({ at, lengths: allLengthsOf(pack) }))
      .toSorted((one, other) => one.at - other.at);
    return { from: this.#from, now, spans, groups };
  }

  #add(
    row: SqlRow,
    measure: Measure,
    given: Counted,
  ): void {
    const group = text(row, this.#column);
    let sum = this.#groups.get(group);
    if (sum === undefined) this.#groups.set(group, sum = { outcomes: new Map(), lengths: {} });
    const at = this.#from === null ? 0 : number(row, "at");
    if (measure !== "outcome") {
      const isOfSpan = this.#from !== null;
      return add(isOfSpan ? [sum.lengths, this.#packAt(at)] : [sum.lengths], measure, given);
    }
    for (const bucket in given.n) {
      const key = `${at} ${bucket}`;
      const found = sum.outcomes.get(key);
      if (found === undefined) sum.outcomes.set(key, { at, bucket, count: given.n[bucket]! });
      else found.count += given.n[bucket]!;
    }
  }

  #packAt(at: number): Pack {
    let found = this.#spans.get(at);
    if (found === undefined) this.#spans.set(at, found = {});
    return found;
  }
}

function allLengthsOf(pack: Pack): Readonly<Record<LengthMeasure, Lengths>> {
  return Object.fromEntries(lengthMeasures.map((measure) => [measure, lengthsOf(pack, measure)])) as Record<
    LengthMeasure,
    Lengths
  >;
}

function lengthsOf(pack: Pack, measure: LengthMeasure): Lengths {
  const { n, ms } = pack[measure] ?? { n: {}, ms: 0 };
  return {
    counts: new Map(Object.entries(n).map(([bucket, count]) => [Number(bucket), count])),
    totalMs: ms,
  };
}

/** What a run adds of its length, beside its outcome and wait. */
export function runMeasure(
  startedAt: number | null,
  now: number,
): { readonly bucket: string; readonly ms: number } {
  const ms = Math.max(0, now - (startedAt ?? now));
  return { bucket: String(bucketOf(ms)), ms };
}
