/** What a queue's settings hold a job by. */

import { roughDuration } from "./duration.ts";
import { type ExplainFacts, type Verdict, verdict } from "./explain_facts.ts";
import { formatRate } from "./rate.ts";

export function* queueGates({ job, queue, now }: ExplainFacts): Iterable<Verdict> {
  const { settings: { name, state, throttledUntil, limit, keyLimit, rate }, live, keyLive, keyAhead } = queue;
  if (state === "paused") {
    yield verdict("paused", `Its queue ${name} is paused: nothing of it starts until somebody resumes it.`, {
      fix: `queue resume ${name}`,
    });
  }
  if (throttledUntil !== null && throttledUntil > now) {
    yield verdict(
      "throttle",
      `Its queue ${name} is throttled: nothing of it starts for ${roughDuration(throttledUntil - now)}.`,
      {
        until: throttledUntil,
        fix: `queue throttle ${name} --for 0s`,
      },
    );
  }
  if (rate !== null && queue.rateFreeAt !== null && queue.rateFreeAt > now) {
    yield verdict(
      "rate",
      `Its queue ${name} has started as many as its rate of ${
        formatRate(rate)
      } allows: the next one may start in ` +
        `${roughDuration(queue.rateFreeAt - now)}.`,
      { until: queue.rateFreeAt, details: { rate: formatRate(rate) } },
    );
  }
  if (limit !== null && live >= limit) {
    yield verdict(
      "queue_limit",
      `Its queue ${name} runs ${live} of at most ${limit} at once: it waits until one of them ends.`,
      { details: { limit, running: live }, fix: `list --queue ${name} --state processing` },
    );
  }
  if (keyLimit === null || job.key === null || keyLive + keyAhead < keyLimit) return;
  const at = `at most ${keyLimit} of one key may run at once in queue ${name}`;
  yield verdict(
    "key_limit",
    keyAhead === 0
      ? `${keyLive} with its key "${job.key}" ${
        keyLive === 1 ? "runs" : "run"
      }, and ${at}: it waits until one of them ends.`
      : `${keyAhead} with its key "${job.key}" came before it and ${
        keyAhead === 1 ? "goes" : "go"
      } first, ${keyLive} ` +
        `${keyLive === 1 ? "runs" : "run"}, and ${at}.`,
    { details: { key: job.key, key_limit: keyLimit, running: keyLive, before: keyAhead } },
  );
}
