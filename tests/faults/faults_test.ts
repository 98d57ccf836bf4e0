/**
 * The short form of every scenario. Chance is another one in each run; QUEUECTL_FAULTS_SEED repeats that of a run
 * which failed.
 */

import { messageOf } from "../../src/core/errors.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { conduct } from "./conduct.ts";
import { scenarios } from "./scenarios.ts";

/** What a scenario that goes by time gets, in seconds. */
const seconds = 5;

// A native library that is loaded stays loaded, which would look like a leak within a test.
await loadableDrivers();

const given = Deno.env.get("QUEUECTL_FAULTS_SEED");
const seed = given ? Number(given) : crypto.getRandomValues(new Uint32Array(1))[0]!;

for (const scenario of scenarios) {
  Deno.test({
    name: `${scenario.name}: ${scenario.summary}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const said: string[] = [];
      const { result, error } = await conduct(scenario, {
        seed,
        seconds,
        size: "short",
        say: (line) => said.push(line),
      });
      if (result === "left out") console.error(`!!! not tested: ${said.join("; ")}`);
      if (result === "failed") {
        throw new Error(`QUEUECTL_FAULTS_SEED=${seed}: ${messageOf(error)}`, { cause: error });
      }
    },
  });
}
