import { parseJson } from "../../core/json_text.ts";
import { QueueError } from "../../core/errors.ts";
import type { WebhookPost } from "../../core/webhook_delivery.ts";
import { parseWebhookUrl } from "../../core/webhook_url.ts";
import type { Command } from "../command.ts";
import { postHeaders } from "../post_headers.ts";
import { showAnswer } from "../webhook_answer.ts";
import { noOperands } from "../words.ts";
import type { WebhookWorld } from "../world.ts";

/** One attempt, in a process of its own: what is to be posted comes by stdin, so that nothing of it shows elsewhere. */
export const webhookPost: Command<WebhookWorld> = {
  name: "webhook post",
  summary: "post what a worker says",
  usage: [""],
  flags: [],
  examples: [],
  permissions: ["net"],
  usesStore: false,
  async parse(words, session) {
    noOperands(words, "webhook post");
    return await session.world.webhooks();
  },
  async run(webhooks, session) {
    const post = readPost(await session.world.readStdin());
    const sent = webhooks.post({ ...post, headers: { ...postHeaders(session), ...post.headers } });
    // A permission that all have cannot be kept for one host; the connection is asked for by now, and needs none.
    await session.world.keepOnly([], { stores: [] });
    return showAnswer(await sent, session);
  },
};

/** As the worker has written it. */
function readPost(text: string | null): WebhookPost {
  const result = parseJson(text ?? "");
  const { url, headers, body, timeoutMs } = ("value" in result ? result.value ?? {} : {}) as Partial<
    WebhookPost
  >;
  const isWhole = typeof url === "string" && parseWebhookUrl(url) === url && typeof body === "string" &&
    typeof timeoutMs === "number" && typeof headers === "object";
  if (isWhole) return { url, headers, body, timeoutMs };
  throw new QueueError("usage", "Cannot post: nothing to post came by stdin", {
    hint: "Workers call this; to try a webhook: queuectl webhook ping URL",
  });
}
