import { z } from "zod";
import { formatDuration, parseDuration } from "../../core/duration.ts";
import { QueueError } from "../../core/errors.ts";
import { longestMs } from "../../core/limits.ts";
import { isQueueName, queueRule, queueStates } from "../../core/queue.ts";
import type { QueueChange } from "../../core/queue_change.ts";
import { parseRate, rateRule } from "../../core/rate.ts";
import { parseWebhookUrl, webhookFault } from "../../core/webhook_url.ts";
import { changeQueues, renameQueue } from "../../operations/change_queue.ts";
import { queueJson } from "../../operations/queue_json.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { queue as queueSchema, renamedQueue } from "../schemas/queue.ts";
import { writeStore } from "../write_store.ts";

const mostAtOnce = 1_000_000;
const limit = z.int().min(1).max(mostAtOnce).nullable().optional();

const queueChange = z.strictObject({
  state: z.enum(queueStates).optional(),
  limit,
  key_limit: limit,
  rate: z.string().max(100).refine((text) => parseRate(text) !== undefined, rateRule).nullable().optional(),
  webhook: z.string().max(2000)
    .refine((text) => parseWebhookUrl(text) !== undefined, {
      error: ({ input }) => webhookFault(String(input)).hint,
    })
    .nullable().optional().meta({
      description: "where the ends of its jobs are posted that name none themselves",
      format: "uri",
    }),
  throttle_for: z.string().max(100)
    .refine(
      (text) => (parseDuration(text) ?? Infinity) <= longestMs,
      `a duration up to ${formatDuration(longestMs)}`,
    )
    .nullable().optional().meta({
      description: 'nothing starts for so long, such as "60s"; null lets it go on',
    }),
});

export const changeQueueRoute = route({
  method: "patch",
  path: "/queues/{name}",
  tag: "queues",
  summary: "pause, resume, drain, limit or throttle a queue, or set its webhook",
  description: "Changes what is given and nothing else; null takes a limit away. What runs goes on.",
  changes: true,
  body: queueChange,
  answers: [jsonAnswer(queueSchema, "the queue as it is now")],
  async handle({ queue, params, body }) {
    const name = checkedName(params.name!);
    const change = changeOf(body);
    if (Object.keys(change).length === 0) {
      throw new QueueError("usage", `Cannot change queue "${name}": nothing to change is given`);
    }
    const store = await writeStore(queue);
    const [changed] = await changeQueues(store, queue.machine, { names: [name], change });
    return json(queueJson(changed!.report, await store.now()));
  },
});

export const renameQueueRoute = route({
  method: "post",
  path: "/queues/{name}/rename",
  tag: "queues",
  summary: "give a queue with all its jobs another name",
  description: "Refused where a queue of the new name has jobs or settings.",
  changes: true,
  body: z.strictObject({ to: z.string().max(100).refine(isQueueName, queueRule) }),
  answers: [jsonAnswer(renamedQueue, "both names, and how many jobs it has")],
  problems: [404],
  async handle({ queue, params, body: { to } }) {
    const from = checkedName(params.name!);
    const jobs = await renameQueue(await writeStore(queue), queue.machine, { from, to });
    return json({ from, to, jobs });
  },
});

function checkedName(name: string): string {
  if (isQueueName(name)) return name;
  throw new QueueError("usage", `Cannot use "${name.slice(0, 80)}": that is no name of a queue`, {
    hint: `It must be so: ${queueRule}`,
  });
}

function changeOf(
  { state, limit, key_limit, rate, webhook, throttle_for }: z.infer<typeof queueChange>,
): QueueChange {
  return {
    ...(state === undefined ? {} : { state }),
    ...(limit === undefined ? {} : { limit }),
    ...(key_limit === undefined ? {} : { keyLimit: key_limit }),
    ...(rate === undefined ? {} : { rate: rate === null ? null : parseRate(rate)! }),
    ...(webhook === undefined ? {} : { webhook: webhook === null ? null : parseWebhookUrl(webhook)! }),
    ...(throttle_for === undefined
      ? {}
      : { throttleMs: throttle_for === null ? null : parseDuration(throttle_for)! }),
  };
}
