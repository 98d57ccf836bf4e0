import { z } from "zod";
import { parseSince } from "../../core/since.ts";
import { formatWanted, metricsText, metricsTypes } from "../../operations/metrics_text.ts";
import { readMetrics } from "../../operations/read_metrics.ts";
import { isTooLongAgo, readStatisticsSince } from "../../operations/read_statistics.ts";
import type { ServedQueue } from "../../operations/served_queue.ts";
import { statisticsJson } from "../../operations/statistics_json.ts";
import { sinceText, wholeNumber } from "../job_query.ts";
import { RequestRefused } from "../problem_response.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { statistics } from "../schemas/statistics.ts";

/** As many as a wide screen has room for. */
const mostPoints = 400;

export const statisticsRoute = route({
  method: "get",
  path: "/stats",
  tag: "queue",
  summary: "what ran lately: how much, how long it waited and took, what failed",
  query: z.strictObject({
    since: sinceText.optional().meta({
      description: 'runs that have ended since then: "1h" (ago; 31 days at most, 24h where none is given), ' +
        "or a time with its offset",
    }),
    by: z.enum(["queue", "command"]).optional().meta({ description: "queue where none is given" }),
    points: wholeNumber(1, mostPoints).optional().meta({
      description: "parts of the time at most, each some minutes or half hours; 25 where none is given",
    }),
    rows: wholeNumber(0, 1000).optional().meta({
      description: "queues or commands at most, those with the most runs; all where none is given",
    }),
  }),
  answers: [jsonAnswer(z.union([statistics("queue"), statistics("command")]), "as queuectl stats --json")],
  async handle({ queue, query: { since: text = "24h", by = "queue", points, rows } }) {
    const since = parseSince(text)!;
    if (isTooLongAgo(since)) {
      throw new RequestRefused(400, 'Cannot use the query: "since" goes back 31 days at most');
    }
    const report = await readStatisticsSince(
      await queue.store(),
      { since, by, points, rows },
      () => queue.machine.clock.now(),
    );
    return json(statisticsJson(report, by));
  },
});

/** Prometheus looks for it at /metrics, outside the API, and reads formats of its own. */
export async function answerScrape(queue: ServedQueue, headers: Headers): Promise<Response> {
  const store = await queue.store();
  if (store === null) throw new RequestRefused(503, "Cannot read metrics: there is no store yet");
  const format = formatWanted(headers.get("accept"));
  const text = metricsText(await readMetrics(store), { version: queue.version, format });
  return new Response(text, { headers: { "content-type": metricsTypes[format] } });
}
