/** Random programs for a store with limits: what people and workers do, step by step, as data that can be shrunk. */

import fc from "fast-check";
import { type NewJob, strictPriorityStepMs } from "../../src/core/job.ts";
import type { QueueChange } from "../../src/core/queue_change.ts";
import type { Outcome } from "../../src/core/run.ts";
import type { NewWorker } from "../../src/store/store.ts";

/** Numbers choose among what is there then. */
export type Step =
  | { readonly do: "enqueue"; readonly jobs: readonly Partial<NewJob>[] }
  | { readonly do: "claim"; readonly worker: number; readonly limit: number } & Look
  | { readonly do: "settle"; readonly run: number; readonly outcome: Outcome; readonly next: Look | null }
  | { readonly do: "cancel" | "remove" | "retry"; readonly job: number }
  | { readonly do: "edit"; readonly job: number; readonly priority?: number; readonly delayMs?: number }
  | { readonly do: "set"; readonly queue: string; readonly change: QueueChange }
  | { readonly do: "rename"; readonly from: string; readonly to: string }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "lose" | "register"; readonly worker: number }
  | { readonly do: "adopt"; readonly run: number; readonly worker: number }
  | { readonly do: "regate" | "expire" };

export interface Look {
  readonly queues: readonly string[];
  /** Whether what others have left to do is done before. */
  readonly isTidy: boolean;
}

const host = (name: string) => ({ hostName: name, host: `${name}|m|b|p` });

/** Two hosts, and workers that offer different things. */
export const crew: readonly Partial<NewWorker>[] = [
  { ...host("here"), concurrency: 1 },
  { ...host("here"), concurrency: 3, tags: ["t"], resources: { gpu: 2, lic: 1 } },
  { ...host("here"), concurrency: 2, resources: { gpu: 2 } },
  { ...host("there"), concurrency: 4, tags: ["t", "u"], resources: { gpu: 1, lic: 1 } },
  { ...host("there"), concurrency: 1 },
];

const queueNames = ["a", "ab", "b"];
const index = fc.nat({ max: 999 });
const queue = fc.constantFrom(...queueNames);

/** Mostly the first. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, {
    weight: 2,
    arbitrary: fc.constantFrom(...others),
  });
}

const job: fc.Arbitrary<Partial<NewJob>> = fc.record({
  queue,
  key: fc.constantFrom(null, "k", "k", "l"),
  priority: mostly(0, -2, 1, 5),
  priorityStepMs: mostly(strictPriorityStepMs, 500),
  due: mostly<NewJob["due"]>({ afterMs: 0 }, { afterMs: 100 }, { afterMs: 2500 }),
  expires: mostly<NewJob["expires"]>(null, { afterMs: 3000 }),
  slots: mostly(1, 2, 3, 5),
  resources: mostly<NewJob["resources"]>({}, { gpu: 1 }, { gpu: 2 }, { lic: 1 }, { gpu: 1, lic: 1 }),
  needs: mostly<NewJob["needs"]>([], ["t"], ["u"]),
  maxRetries: fc.integer({ min: 1, max: 3 }),
});

const few = fc.integer({ min: 1, max: 3 });
const change: fc.Arbitrary<QueueChange> = fc.oneof(
  fc.record({ keyLimit: fc.oneof(few, fc.constant(null)) }),
  fc.record({ limit: fc.oneof(few, fc.constant(null)) }),
  fc.record({
    rate: fc.oneof(fc.record({ count: few, perMs: fc.constantFrom(1000, 3000) }), fc.constant(null)),
  }),
  fc.record({ throttleMs: fc.constantFrom(0, 700, null) }),
  fc.record({ state: mostly("open" as const, "open" as const, "paused" as const) }),
);

const look = {
  queues: fc.oneof(
    fc.constantFrom(["*"], ["a*"], ["b", "a*"], ["b", "*"]),
    fc.shuffledSubarray(queueNames, { minLength: 1 }),
  ),
  isTidy: mostly(true, true, false),
};

const outcome = mostly<Outcome>(
  "completed",
  "completed",
  "failed",
  "handed_back",
  "crashed",
  "snoozed",
  "timeout",
);

const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
const just = <Name extends Step["do"]>(name: Name) => fc.constant(name);

const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(
    5,
    fc.record({ do: just("enqueue"), jobs: fc.array(job, { minLength: 1, maxLength: 9, size: "max" }) }),
  ),
  weighted(
    8,
    fc.record({ do: just("claim"), worker: index, limit: fc.integer({ min: 1, max: 5 }), ...look }),
  ),
  weighted(
    6,
    fc.record({
      do: just("settle"),
      run: index,
      outcome,
      next: fc.oneof(fc.constant(null), fc.record(look)),
    }),
  ),
  weighted(1, fc.record({ do: just("cancel"), job: index })),
  weighted(1, fc.record({ do: just("remove"), job: index })),
  weighted(1, fc.record({ do: just("retry"), job: index })),
  weighted(
    2,
    fc.record({
      do: just("edit"),
      job: index,
      priority: fc.constantFrom(-1, 0, 3),
      delayMs: fc.constantFrom(0, 0, 800),
    }, { requiredKeys: ["do", "job"] }),
  ),
  weighted(4, fc.record({ do: just("set"), queue, change })),
  weighted(1, fc.record({ do: just("rename"), from: queue, to: queue })),
  weighted(4, fc.record({ do: just("pass"), ms: fc.constantFrom(1, 100, 500, 1000, 5000) })),
  weighted(1, fc.record({ do: just("lose"), worker: index })),
  weighted(3, fc.record({ do: just("register"), worker: index })),
  weighted(1, fc.record({ do: just("adopt"), run: index, worker: index })),
  weighted(1, fc.record({ do: just("regate") })),
  weighted(1, fc.record({ do: just("expire") })),
);

/** `length`: steps at most. */
export function anyProgram(length: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: length / 2, maxLength: length, size: "max" });
}
