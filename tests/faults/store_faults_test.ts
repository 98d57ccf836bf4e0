/** The scenarios about the store and the clock, small. `deno task faults` runs them long. */

import { loadableDrivers } from "../support/drivers.ts";
import { clockSteps } from "./clock_steps.ts";
import { crashCopies } from "./crash_copies.ts";
import { fuzz } from "./fuzz.ts";
import { lockedStore } from "./locked_store.ts";
import { nthCall } from "./nth_call.ts";
import { Random, type Scenario, type Trial } from "./scenario.ts";

// A native library that is loaded stays loaded, which would look like a leak within a test.
await loadableDrivers();

for (const scenario of [nthCall, crashCopies, lockedStore, clockSteps, fuzz]) defineShort(scenario);

function defineShort(scenario: Scenario): void {
  const seed = Number(Deno.env.get("QUEUECTL_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  Deno.test(`faults: ${scenario.summary} (seed ${seed})`, async () => {
    await scenario.run(shortTrial(seed));
  });
}

function shortTrial(seed: number): Trial {
  return {
    random: new Random(seed),
    seconds: 3,
    size: "short",
    broke() {},
    checked() {},
    say() {},
  };
}
