import { expiryOf } from "../../core/expiry.ts";
import { findJobs } from "../../operations/wait_for_jobs.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { checkedId } from "../operands.ts";
import { waitFor } from "../waiting.ts";
import { usage } from "../words.ts";
import { timeoutFlag, timeoutOf } from "../wait_timeout.ts";

interface Options {
  readonly ids: readonly string[];
  readonly any: boolean;
  readonly timeoutMs: number;
}

export const wait: Command<Options> = {
  name: "wait",
  summary: "wait until jobs have ended, and end with their exit code",
  usage: ["ID … [--timeout DURATION] [--any] [--json]"],
  details: [
    "Of one job: ends with its own exit code; 128 + n where signal n ended it, 1 where a dead job has none that " +
    "tells of a failure, 125 where it was cancelled. Of several: 0 where all are completed, else 1. 124 when the time is up. See queuectl " +
    "help exit-codes.",
    "A job that fails and has attempts left has not ended. --any waits for the first one that ends, prints its id, and " +
    "ends with its exit code. Nothing polls: whoever ends a job wakes those who wait for it. Ctrl-C ends the waiting, not the jobs.",
  ],
  flags: [
    timeoutFlag,
    { name: "any", help: "until the first of them has ended" },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl wait job1", does: "ends with the exit code of job1" },
    { line: "queuectl wait a b c --timeout 10m", does: "0 when all are completed, 124 after ten minutes" },
    { line: "queuectl wait a b c --any", does: "prints which one was first" },
    { line: "queuectl wait job1 --json | jq '.[0].exit_code'", does: "how it ended, for scripts" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    if (words.operands.length === 0) throw usage("it needs the id of a job", "wait");
    return {
      ids: words.operands.map(checkedId),
      any: words.switches.has("any"),
      timeoutMs: timeoutOf(words, true),
    };
  },
  async run({ ids, any, timeoutMs }, session) {
    const jobs = await findJobs(await session.readStore(), ids, "wait for");
    // Who waits for a job that may expire cancels it then.
    if (jobs.some((job) => expiryOf(job) !== null)) await session.close();
    return await waitFor(await session.store(), { jobs, any, timeoutMs }, session);
  },
};
