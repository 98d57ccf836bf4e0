/** What people change of a queue. */

import { instantOf } from "./moment.ts";
import type { Queue, QueueDefaults, QueueState, Rate } from "./queue.ts";

type Cleared<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | null };
type DefaultRules = NonNullable<QueueDefaults["rules"]>;

/** What is not in it stays as it is; null takes away what is set. */
export interface QueueChange {
  readonly state?: QueueState;
  readonly limit?: number | null;
  readonly keyLimit?: number | null;
  readonly rate?: Rate | null;
  readonly webhook?: string | null;
  /** For how long from now nothing starts; null or 0 lets it go on. */
  readonly throttleMs?: number | null;
  readonly defaults?: Cleared<Omit<QueueDefaults, "rules">> & { readonly rules?: Cleared<DefaultRules> };
}

/** A queue as it is after a change at `now`. */
export function changedQueue(queue: Queue, change: QueueChange, now: number): Queue {
  const { throttleMs, defaults, ...others } = change;
  return {
    ...queue,
    ...others,
    throttledUntil: throttleMs === undefined
      ? stillThrottled(queue, now)
      : throttleMs
      ? instantOf({ afterMs: throttleMs }, now)
      : null,
    defaults: defaults === undefined ? queue.defaults : changedDefaults(queue.defaults, defaults),
  };
}

function stillThrottled({ throttledUntil }: Queue, now: number): number | null {
  return throttledUntil !== null && throttledUntil > now ? throttledUntil : null;
}

function changedDefaults(
  { rules: oldRules, ...old }: QueueDefaults,
  { rules, ...change }: NonNullable<QueueChange["defaults"]>,
): QueueDefaults {
  const merged = withoutNulls({ ...oldRules, ...rules });
  return {
    ...withoutNulls({ ...old, ...change }),
    ...(Object.keys(merged).length === 0 ? {} : { rules: merged }),
  };
}

function withoutNulls<Fields extends object>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as { readonly [Name in keyof Fields]?: NonNullable<Fields[Name]> };
}
