/** Signs what is posted as Standard Webhooks 1.0 say: HMAC-SHA256 over its id, the time of the attempt, and the body. */

import { keyOfSecret } from "./webhook_secret.ts";

export interface SignedPost {
  /** The same in each attempt. */
  readonly id: string;
  /** When this attempt is made, in UTC milliseconds. */
  readonly now: number;
  readonly body: Uint8Array;
}

/** The headers of one attempt; without a secret it is not signed. */
export async function webhookHeaders(
  { id, now, body }: SignedPost,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  const signatures = await Promise.all(secrets.map((secret) => sign(content, secret)));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signatures.length === 0 ? {} : { "webhook-signature": signatures.join(" ") }),
  };
}

async function sign(content: Uint8Array<ArrayBuffer>, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    keyOfSecret(secret)!,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return `v1,${new Uint8Array(await crypto.subtle.sign("HMAC", key, content)).toBase64()}`;
}
