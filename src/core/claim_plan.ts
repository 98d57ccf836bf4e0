/**
 * Which of the jobs that are ready one claim takes. The best first: priority, then due time, then arrival; queues that
 * a worker names first go first. A job that has no room in its queue is passed over. One that does not fit into the
 * worker or its host as they are now keeps back those behind it that want the same: all others where it lacks slots,
 * those that take the same resource where it lacks that.
 */

import { type Demand, parseDemand, type Resources } from "./demand.ts";

/** A ready job. */
export interface Head {
  readonly seq: number;
  readonly sortAt: number;
  /** The key whose limit it falls under, or null. */
  readonly key: string | null;
}

/** The jobs of a queue that demand the same, the best first; as many as the claim could take. */
export interface Lane<H extends Head> {
  readonly queue: string;
  /** As `formatDemand` has it. */
  readonly demand: string;
  readonly heads: readonly H[];
  /** Those that follow; asked for once, where the others are not enough. */
  readonly more?: () => readonly H[];
}

/** How much is left. */
export interface ClaimRoom {
  readonly slots: number;
  readonly resources: Resources;
  /** How many more jobs of a queue may start now; any number for one that is not in it. */
  readonly queues: ReadonlyMap<string, number>;
  /** How many more jobs of a key may run, by `keyName`; any number for one that is not in it. */
  readonly keys: Pick<ReadonlyMap<string, number>, "get">;
}

export interface ClaimPlan<H extends Head> {
  /** In this order. */
  readonly taken: readonly H[];
  /** Jobs that were ready though no job of their key may start. */
  readonly held: readonly H[];
  /** Whether nothing behind those that were looked at could be taken as well. */
  readonly isFull: boolean;
}

export function keyName(queue: string, key: string): string {
  return `${queue} ${key}`;
}

/** `tiers`: the lanes of the queue that goes first, then of the second one, and so on. */
export function planClaim<H extends Head>(
  tiers: readonly (readonly Lane<H>[])[],
  room: ClaimRoom,
): ClaimPlan<H> {
  const planner = new Planner<H>(room);
  for (const lanes of tiers) planner.take(lanes);
  return planner;
}

interface Cursor<H extends Head> {
  readonly queue: string;
  readonly demand: Demand;
  heads: readonly H[];
  more: (() => readonly H[]) | undefined;
  next: number;
}

class Planner<H extends Head> implements ClaimPlan<H> {
  readonly taken: H[] = [];
  readonly held: H[] = [];
  #slots: number;
  readonly #resources: Map<string, number>;
  readonly #queues: Map<string, number>;
  readonly #keys: ClaimRoom["keys"];
  readonly #takenOfKeys = new Map<string, number>();
  /** Resources that a job which goes first lacks. */
  readonly #lacking = new Set<string>();

  constructor({ slots, resources, queues, keys }: ClaimRoom) {
    this.#slots = slots;
    this.#resources = new Map(Object.entries(resources));
    this.#queues = new Map(queues);
    this.#keys = keys;
  }

  get isFull(): boolean {
    return this.#slots === 0;
  }

  take(lanes: readonly Lane<H>[]): void {
    const cursors = lanes.map((lane): Cursor<H> => ({
      queue: lane.queue,
      demand: parseDemand(lane.demand),
      heads: lane.heads,
      more: lane.more,
      next: 0,
    }));
    while (this.#slots > 0) {
      const cursor = this.#best(cursors);
      if (cursor === undefined) return;
      if (!this.#fits(cursor.demand)) continue;
      this.#takeHead(cursor);
    }
  }

  #best(cursors: readonly Cursor<H>[]): Cursor<H> | undefined {
    let best: Cursor<H> | undefined;
    for (const cursor of cursors) {
      if (!this.#isOpen(cursor)) continue;
      if (best === undefined || goesBefore(headOf(cursor), headOf(best))) best = cursor;
    }
    return best;
  }

  #isOpen(cursor: Cursor<H>): boolean {
    if (cursor.next === cursor.heads.length && cursor.more !== undefined) {
      cursor.heads = [...cursor.heads, ...cursor.more()];
      cursor.more = undefined;
    }
    return cursor.next < cursor.heads.length && (this.#queues.get(cursor.queue) ?? Infinity) > 0 &&
      !Object.keys(cursor.demand.resources).some((name) => this.#lacking.has(name));
  }

  /** Where it does not, what it lacks is kept for it. */
  #fits({ slots, resources }: Demand): boolean {
    const lacking = Object.entries(resources)
      .filter(([name, amount]) => amount > (this.#resources.get(name) ?? 0));
    for (const [name] of lacking) this.#lacking.add(name);
    if (lacking.length > 0) return false;
    if (slots <= this.#slots) return true;
    this.#slots = 0;
    return false;
  }

  #takeHead(cursor: Cursor<H>): void {
    const head = headOf(cursor);
    cursor.next++;
    if (head.key !== null) {
      const name = keyName(cursor.queue, head.key);
      const count = this.#takenOfKeys.get(name) ?? 0;
      if (count >= (this.#keys.get(name) ?? Infinity)) return void this.held.push(head);
      this.#takenOfKeys.set(name, count + 1);
    }
    this.taken.push(head);
    this.#slots -= cursor.demand.slots;
    const left = this.#queues.get(cursor.queue);
    if (left !== undefined) this.#queues.set(cursor.queue, left - 1);
    for (const [resource, amount] of Object.entries(cursor.demand.resources)) {
      this.#resources.set(resource, this.#resources.get(resource)! - amount);
    }
  }
}

function headOf<H extends Head>({ heads, next }: Cursor<H>): H {
  return heads[next]!;
}

function goesBefore(one: Head, other: Head): boolean {
  return one.sortAt < other.sortAt || (one.sortAt === other.sortAt && one.seq < other.seq);
}
