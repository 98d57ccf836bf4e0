import { secretOf } from "../core/webhook_secret.ts";

/** A secret that nobody knows: 32 random bytes. */
export function newSecret(): string {
  return secretOf(crypto.getRandomValues(new Uint8Array(32)));
}
