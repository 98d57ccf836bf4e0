import { QueueError } from "../../core/errors.ts";
import { parseWebhookUrl, shownWebhook, webhookFault } from "../../core/webhook_url.ts";
import { webhookHeaders } from "../../core/webhook_signature.ts";
import { isoTime } from "../../operations/json.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { postHeaders } from "../post_headers.ts";
import { isTaken, refusalOf, showAnswer } from "../webhook_answer.ts";
import { type ParsedWords, usage } from "../words.ts";
import type { WebhookWorld } from "../world.ts";

interface Options {
  readonly url: string;
  readonly webhooks: WebhookWorld;
}

export const webhookPing: Command<Options> = {
  name: "webhook ping",
  summary: "post a test event to a URL, and show the answer",
  usage: ["URL [--json]"],
  details: [
    'Signed as any other, from here and now, once: {"type":"webhook.ping"}. Ends with 0 where the answer is 2xx, else with 1.',
  ],
  flags: [jsonFlag],
  settings: ["webhook_timeout"],
  examples: [{ line: "queuectl webhook ping https://ci.example/hook", does: "is it taken there?" }],
  permissions: ["read", "net"],
  usesStore: false,
  async parse(words, session) {
    const url = readUrl(words);
    return { url, webhooks: await session.world.webhooks() };
  },
  async run({ url, webhooks }, session) {
    const { webhook_secret: secrets, webhook_timeout: timeoutMs } = session.settings;
    const now = session.world.now();
    const id = `wh_ping_${session.home.machine().chance.token(16)}`;
    const body = JSON.stringify({ id, type: "webhook.ping", timestamp: isoTime(now), data: {} });
    const signed = await webhookHeaders({ id, now, body: new TextEncoder().encode(body) }, secrets);
    const sent = webhooks.post({ url, headers: { ...postHeaders(session), ...signed }, body, timeoutMs });
    await session.world.keepOnly([], { stores: [] });
    const answer = await sent;
    const code = isTaken(answer) ? 0 : 1;
    if (!session.json) return showAnswer(answer, session) && 1;
    session.printJson({
      id,
      url: shownWebhook(url),
      signed: secrets.length > 0,
      status: "status" in answer ? answer.status : null,
      body: "status" in answer ? answer.body : null,
      error: code === 0 ? null : refusalOf(answer),
    });
    return code;
  },
};

function readUrl({ operands }: ParsedWords): string {
  const [text, ...others] = operands;
  if (text === undefined || others.length > 0) throw usage("it takes one URL", "webhook ping");
  const url = parseWebhookUrl(text);
  if (url !== undefined) return url;
  const { shown, hint } = webhookFault(text);
  throw new QueueError("usage", `Cannot run queuectl webhook ping: ${shown} is not the URL of a webhook`, {
    hint,
  });
}
