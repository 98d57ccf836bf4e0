/** What is shown of an attempt to post to a webhook, and what it means as an exit code. */

import { goneExitCode, type WebhookAnswer } from "../core/webhook_delivery.ts";
import type { Session } from "./session.ts";
import { visible } from "./table.ts";

export function isTaken(answer: WebhookAnswer): boolean {
  return "status" in answer && answer.status >= 200 && answer.status <= 299;
}

/** Why it was not taken, as a sentence. */
export function refusalOf(answer: WebhookAnswer): string {
  if ("failure" in answer) return answer.failure;
  const { status } = answer;
  const advice = status === 410
    ? ": it wants no more"
    : status >= 300 && status <= 399
    ? ": redirects are not followed, give the webhook its new URL"
    : "";
  return `it was answered with ${statusLine(answer)}${advice}`;
}

/** Prints the answer on stdout, and on stderr why it is none to be content with. Returns the exit code. */
export function showAnswer(answer: WebhookAnswer, session: Session): number {
  if ("status" in answer) {
    session.print(statusLine(answer));
    if (answer.body !== "") session.print(bodyText(answer.body, session));
  }
  if (isTaken(answer)) return 0;
  session.say(refusalOf(answer));
  return "status" in answer && answer.status === 410 ? goneExitCode : 1;
}

/** As it came; on a terminal nothing but its ends of lines moves anything. */
function bodyText(body: string, { world }: Session): string {
  return world.stdout.isTerminal ? body.split(/\r?\n/).map(visible).join("\n") : body;
}

function statusLine(
  { status, statusText }: { readonly status: number; readonly statusText: string },
): string {
  return visible(`${status} ${statusText}`.trimEnd());
}
