/** Where webhooks are posted to: http or https, and how it may be shown. */

import { showValue } from "./found_value.ts";
import type { Refusal } from "./rules_payload.ts";

const longestUrl = 2000;

export const webhookRule =
  `a webhook is the URL of an http or https server, without a fragment and at most ${longestUrl} characters long`;

/** The URL in its normal form, or undefined where it is none that can be posted to. */
export function parseWebhookUrl(text: string): string | undefined {
  if (text.length > longestUrl || !/^https?:\/\/[!-~\u00a1-\u{10ffff}]+$/iu.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hash === "" && !text.includes("#") && url.href.length <= longestUrl ? url.href : undefined;
}

/** The field `webhook` of a job's JSON. Throws what `refuse` makes, which does not show it: it may hold a password. */
export function readWebhook(webhook: unknown, refuse: Refusal): string | null {
  if (webhook === undefined || webhook === null) return null;
  const url = typeof webhook === "string" ? parseWebhookUrl(webhook) : undefined;
  if (url !== undefined) return url;
  const shown = typeof webhook === "string" ? showValue(shownWebhook(webhook)) : showValue(webhook);
  throw refuse(`"webhook" cannot be ${shown}`, webhookRule);
}

/** As it may be shown: without a name and password. Of what is no such URL, nothing is left that may be one. */
export function shownWebhook(url: string): string {
  return parseWebhookUrl(url) === url
    ? url.replace(/^(\w+:\/\/)[^/?#]*@/, "$1…@")
    : url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@");
}
