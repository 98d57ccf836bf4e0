/**
 * The slots of one worker. Each is held by a run, promised to a claim that is under way, or free; so claims that go on
 * at the same time never fill a slot twice. Adopted runs may hold more than there are.
 */
export class Slots {
  readonly #count: number;
  readonly #held = new Map<object, number>();
  readonly #promised = new Map<object, number>();

  constructor(count: number) {
    this.#count = count;
  }

  get free(): number {
    return Math.max(0, this.#count - sum(this.#held) - sum(this.#promised));
  }

  hold(run: object, slots: number): void {
    this.#held.set(run, slots);
  }

  /** What a run held, or was promised to it or another claimer, is free again. */
  leave(claimer: object): void {
    this.#held.delete(claimer);
    this.#promised.delete(claimer);
  }

  /**
   * Promises all that is free to a claim, until its claimer leaves or is promised anew. Returns how many slots it may
   * fill: where the claimer is a run, its own come on top, since it is over by then.
   */
  promise(claimer: object): number {
    this.#promised.delete(claimer);
    const { free } = this;
    this.#promised.set(claimer, free);
    return Math.min(this.#count, free + this.#ownAfter(claimer));
  }

  /** What a run leaves to others when it is over: less than it held, where adopted runs hold too much. */
  #ownAfter(run: object): number {
    const own = this.#held.get(run) ?? 0;
    const others = sum(this.#held) + sum(this.#promised) - own;
    return Math.max(0, Math.min(own, this.#count - others));
  }
}

function sum(slots: ReadonlyMap<object, number>): number {
  let total = 0;
  for (const each of slots.values()) total += each;
  return total;
}
