/**
 * One attempt to post to a webhook. By `fetch`, which speaks TLS and goes by the proxies that HTTP_PROXY, HTTPS_PROXY and
 * NO_PROXY name. Redirects are not followed.
 */

import type { WebhookAnswer, WebhookPost } from "../core/webhook_delivery.ts";
import { reasonOf } from "./reason.ts";

/** How much of an answer's body is of interest, in bytes. */
const shownBytes = 2000;

/** Begins at once, so that whoever calls it may then give the permission to connect away. Never rejects. */
export function postWebhook({ url, headers, body, timeoutMs }: WebhookPost): Promise<WebhookAnswer> {
  const { address, authorization } = splitUrl(url);
  const sent = fetch(address, {
    method: "POST",
    redirect: "manual",
    headers: { ...headers, ...authorization },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  return sent.then(answerOf, (error) => ({ failure: failureOf(error, timeoutMs) }));
}

/** A name and password go into a header, so that no error shows them. */
function splitUrl(
  text: string,
): { readonly address: string; readonly authorization: Readonly<Record<string, string>> } {
  const url = new URL(text);
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  const credentials = new TextEncoder().encode(pair).toBase64();
  return { address: url.href, authorization: pair === ":" ? {} : { authorization: `Basic ${credentials}` } };
}

async function answerOf(response: Response): Promise<WebhookAnswer> {
  const { status, statusText } = response;
  return { status, statusText, body: await beginningOf(response) };
}

/** What comes of it: the answer is there, whatever becomes of its body. */
async function beginningOf({ body }: Response): Promise<string> {
  const bytes = new Uint8Array(shownBytes);
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      const some = chunk.subarray(0, shownBytes - length);
      bytes.set(some, length);
      length += some.length;
      if (length === shownBytes) break;
    }
  } catch {
    // It ended early, or the time is up.
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function failureOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `there was no answer within ${timeoutMs / 1000} s`;
  }
  return `it cannot be reached: ${
    reasonOf(error).replace(/^error sending request for url \(.*?\): (client error \(\w+\): )?/, "")
  }`;
}
