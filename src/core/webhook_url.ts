/** Where webhooks are posted to: http or https, and how it may be shown. */

import { showValue } from "./found_value.ts";
import type { Refusal } from "./rules_payload.ts";

const longestUrl = 2000;

const webhookRule =
  `A webhook is the URL of an http or https server, without a fragment and at most ${longestUrl} characters long`;

/** What stands for a name and password that are not shown; as the URL of a job or queue it would lose them. */
const hidden = "…";
const longestShown = 100;

/** The URL in its normal form, or undefined where it is none that can be posted to. */
export function parseWebhookUrl(text: string): string | undefined {
  const url = postableUrl(text);
  return url === undefined || isHidden(url) ? undefined : url.href;
}

function postableUrl(text: string): URL | undefined {
  if (text.length > longestUrl || !/^https?:\/\/[!-~\u00a1-\u{10ffff}]+$/iu.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hash === "" && !text.includes("#") && url.href.length <= longestUrl ? url : undefined;
}

function isHidden({ username }: URL): boolean {
  return username.toUpperCase() === encodeURIComponent(hidden);
}

/** A text that `parseWebhookUrl` does not take: in quotes, cut, without a name and password; and what would be right. */
export function webhookFault(text: string): { readonly shown: string; readonly hint: string } {
  const url = postableUrl(text);
  const shown = shownWebhook(text);
  const short = shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
  return {
    shown: showValue(short),
    hint: url !== undefined && isHidden(url)
      ? `"${hidden}@" stands for a name and password that are not shown: give the whole URL, with both of them`
      : webhookRule,
  };
}

/** The field `webhook` of a job's JSON. Throws what `refuse` makes, which does not show it: it may hold a password. */
export function readWebhook(webhook: unknown, refuse: Refusal): string | null {
  if (webhook === undefined || webhook === null) return null;
  if (typeof webhook !== "string") throw refuse(`"webhook" cannot be ${showValue(webhook)}`, webhookRule);
  const url = parseWebhookUrl(webhook);
  if (url !== undefined) return url;
  const { shown, hint } = webhookFault(webhook);
  throw refuse(`"webhook" cannot be ${shown}`, hint);
}

/** As it may be shown: without a name and password. Of what is no such URL, nothing is left that may be one. */
export function shownWebhook(url: string): string {
  return postableUrl(url)?.href === url
    ? url.replace(/^(\w+:\/\/)[^/?#]*@/, `$1${hidden}@`)
    : url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${hidden}@`);
}
