/** Whether limits held, by the times at which the store says that runs began and ended. */

import { parseDemand } from "../../src/core/demand.ts";
import type { Rate } from "../../src/core/queue.ts";
import type { JobRow, RunRow } from "./store_view.ts";

/** Something that was set between two moments; it may have come to nothing where the second is Infinity. */
export interface Setting<T> {
  readonly value: T;
  readonly from: number;
  readonly to: number;
}

export interface LimitHistory {
  /** Of the queue `keyed`. */
  readonly limits: readonly Setting<number>[];
  /** Of the queue `rated`. */
  readonly pauses: readonly Setting<boolean>[];
}

export interface LimitRules extends LimitHistory {
  /** Has a limit that changes, and one by key that does not. */
  readonly keyed: string;
  readonly keyLimit: number;
  readonly rated: string;
  readonly rate: Rate;
  /** What each host has. */
  readonly resource: { readonly name: string; readonly amount: number };
}

interface Begun {
  readonly job: JobRow;
  readonly run: RunRow;
}

/** Every fault, in words. */
export function findLimitFaults(
  { jobs, runs }: { readonly jobs: readonly JobRow[]; readonly runs: readonly RunRow[] },
  rules: LimitRules,
): string[] {
  const bySeq = new Map(jobs.map((job) => [job.seq, job]));
  const begun = runs.map((run) => ({ run, job: bySeq.get(run.jobSeq)! }))
    .toSorted((one, other) => one.run.startedAt - other.run.startedAt);
  const keyed = begun.filter(({ job }) => job.queue === rules.keyed);
  const rated = begun.filter(({ job }) => job.queue === rules.rated);
  const byKey = Map.groupBy(keyed.filter(({ job }) => job.key !== null), ({ job }) => job.key);
  const taking = begun.filter(({ job }) => amountOf(job, rules.resource.name) > 0);
  return [
    ...tooMany(keyed, `of queue ${rules.keyed}`, (at) => highest(rules.limits, at)),
    ...[...byKey].flatMap(([key, some]) => [
      ...tooMany(some, `of key ${key}`, () => rules.keyLimit),
      ...outOfTurn(some),
    ]),
    ...[...Map.groupBy(taking, ({ run }) => run.host)].flatMap(([host, some]) =>
      tooMany(
        some,
        `on ${host}, in ${rules.resource.name}`,
        () => rules.resource.amount,
        (job) => amountOf(job, rules.resource.name),
      )
    ),
    ...tooFast(rated, rules),
    ...rated.filter(({ run }) => !mayHold(rules.pauses, run.startedAt, false))
      .map((each) => `${nameOf(each)} began though its queue was paused`),
  ];
}

function amountOf({ demand }: JobRow, resource: string): number {
  return parseDemand(demand).resources[resource] ?? 0;
}

/** A limit is looked at when a run begins: one that is lowered stops nothing. */
function tooMany(
  begun: readonly Begun[],
  whose: string,
  limitAt: (at: number) => number,
  weigh: (job: JobRow) => number = () => 1,
): string[] {
  return begun.flatMap((each, index) => {
    const at = each.run.startedAt;
    const live = begun.slice(0, index + 1).filter(({ run }) =>
      run.finishedAt === null || run.finishedAt > at
    );
    const sum = live.reduce((total, { job }) => total + weigh(job), 0);
    const isNew = live.includes(each);
    return isNew && sum > limitAt(at) ? [`${nameOf(each)}: then ${sum} ran ${whose}, of ${limitAt(at)}`] : [];
  });
}

/** Of a key those that arrived first begin first. */
function outOfTurn(begun: readonly Begun[]): string[] {
  const first = begun.filter(({ run }) => run.number === 1);
  return first.flatMap((each, index) => {
    const earlier = first[index - 1];
    return earlier !== undefined && earlier.job.seq > each.job.seq
      ? [`${nameOf(earlier)} began before ${each.job.id}, which arrived earlier`]
      : [];
  });
}

function tooFast(begun: readonly Begun[], { rate }: LimitRules): string[] {
  return begun.flatMap((each, index) => {
    const earlier = begun[index - rate.count];
    return earlier !== undefined && each.run.startedAt - earlier.run.startedAt < rate.perMs
      ? [
        `${nameOf(each)} began ${
          each.run.startedAt - earlier.run.startedAt
        } ms after the ${rate.count}th before it`,
      ]
      : [];
  });
}

/** Which of the values may have been in force at a moment. */
function inForce<T>(settings: readonly Setting<T>[], at: number): T[] {
  return settings.filter(({ from }, index) =>
    from <= at && !settings.slice(index + 1).some((later) => later.to < at)
  ).map(({ value }) => value);
}

function highest(settings: readonly Setting<number>[], at: number): number {
  const values = inForce(settings, at);
  return values.length === 0 ? Infinity : Math.max(...values);
}

function mayHold<T>(settings: readonly Setting<T>[], at: number, value: T): boolean {
  const values = inForce(settings, at);
  return values.length === 0 || values.includes(value);
}

function nameOf({ job, run }: Begun): string {
  return `run ${run.number} of ${job.id}`;
}
