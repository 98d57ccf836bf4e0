/** Secrets that webhooks are signed with, as Standard Webhooks write them: `whsec_` and base64 of 24 to 64 bytes. */

/** How many may sign at the same time: a new one, and old ones until every receiver knows it. */
export const mostSecrets = 3;
const prefix = "whsec_";
const keyBytes = { least: 24, most: 64 } as const;

/** The secrets of a text with commas between them, the newest one first; undefined where one is none. */
export function parseSecrets(text: string): readonly string[] | undefined {
  const secrets = text.split(",").map((part) => part.trim());
  const isFine = secrets.length <= mostSecrets && new Set(secrets).size === secrets.length &&
    secrets.every((secret) => keyOfSecret(secret) !== undefined);
  return isFine ? secrets : undefined;
}

/** The bytes that sign, or undefined where it is no secret. */
export function keyOfSecret(secret: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) return undefined;
  try {
    const key = Uint8Array.fromBase64(secret.slice(prefix.length));
    return key.length >= keyBytes.least && key.length <= keyBytes.most ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A secret of random bytes. */
export function secretOf(key: Uint8Array): string {
  return prefix + key.toBase64();
}

/** As they may be shown: only that they are there. */
export function shownSecrets(secrets: readonly string[]): string {
  return secrets.length === 0 ? "none" : secrets.map(() => `${prefix}…`).join();
}
