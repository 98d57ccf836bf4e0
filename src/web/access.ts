/**
 * Who may use the server: whoever knows its token, by the header Authorization or by logging in, which gives a session
 * for a cookie; or who opens its link, which gives a session too. Sessions live in memory, so they end with the server. Tries are compared in the same time whatever they
 * hold. An address that has been wrong too often is told so for a while; what is right is let in even then, for tokens
 * are too long to be guessed, and strangers may come from the same address: of a proxy, or of this machine.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Admission } from "../core/admission.ts";
import type { Chance, Clock } from "../core/ports.ts";

/** How long a session lasts, in milliseconds. */
export const sessionMs = 12 * 3_600_000;
/** The most sessions at a time; the oldest one ends for a newer one. */
const mostSessions = 1000;
/** How many wrong tries an address has in how many milliseconds, before it is told that they are too many. */
const triesAllowed = 10;
const triesWithinMs = 60_000;
/** The most addresses whose tries are remembered; beyond that they share one count. */
const mostAddresses = 1000;

interface Tries {
  count: number;
  readonly since: number;
}

export type Refusal = "no" | "too_many";
export type Verdict = "yes" | Refusal;

export class Access {
  readonly isOpen: boolean;
  /** The digest of the token; null where there is none. */
  readonly #token: Uint8Array | null;
  readonly #chance: Chance;
  readonly #clock: Clock;
  /** By the digest of what the cookie holds: when the session ends. */
  readonly #sessions = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();
  /** The digests of codes that have opened no session yet. */
  readonly #codes = new Set<string>();

  constructor(admission: Admission, { clock, chance }: { readonly clock: Clock; readonly chance: Chance }) {
    this.isOpen = admission === "everybody";
    this.#token = typeof admission === "string" ? null : digest(admission.token);
    this.#clock = clock;
    this.#chance = chance;
  }

  get hasToken(): boolean {
    return this.#token !== null;
  }

  /** Whether a token that was shown is the right one. */
  tryToken(shown: string, address: string): Verdict {
    if (this.isOpen) return "yes";
    const isRight = this.#token !== null && timingSafeEqual(digest(shown), this.#token);
    return isRight ? "yes" : this.#refuse(address);
  }

  /** Opens a session; returns what its cookie holds. */
  openSession(): string {
    // 256 bits and more.
    const secret = this.#chance.token(52);
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size >= mostSessions && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(keyOf(secret), this.#clock.monotonic() + sessionMs);
    return secret;
  }

  /** Whether a cookie holds a session that goes on. It is found by its digest, so that time tells nothing of it. */
  hasSession(secret: string): boolean {
    const key = keyOf(secret);
    const endsAt = this.#sessions.get(key);
    if (endsAt !== undefined && endsAt > this.#clock.monotonic()) return true;
    this.#sessions.delete(key);
    return false;
  }

  closeSession(secret: string): void {
    this.#sessions.delete(keyOf(secret));
  }

  /** A code that opens one session, once: for a URL. */
  newCode(): string {
    const code = this.#chance.token(52);
    this.#codes.add(keyOf(code));
    return code;
  }

  /** Opens a session for a code that has opened none yet; returns what its cookie holds. */
  redeem(code: string, address: string): { readonly secret: string } | Refusal {
    return this.#codes.delete(keyOf(code)) ? { secret: this.openSession() } : this.#refuse(address);
  }

  /** Counts a wrong try of an address. */
  #refuse(address: string): Refusal {
    const place = this.#place(address);
    const now = this.#clock.monotonic();
    const tries = this.#tries.get(place);
    if (tries === undefined || now - tries.since >= triesWithinMs) {
      this.#tries.set(place, { count: 1, since: now });
      return "no";
    }
    if (tries.count >= triesAllowed) return "too_many";
    tries.count++;
    return "no";
  }

  #place(address: string): string {
    if (this.#tries.has(address) || this.#tries.size < mostAddresses) return address;
    const now = this.#clock.monotonic();
    for (const [other, { since }] of this.#tries) {
      if (now - since >= triesWithinMs) this.#tries.delete(other);
    }
    return this.#tries.size < mostAddresses ? address : "";
  }
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function keyOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
