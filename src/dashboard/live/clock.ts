/** The time as the server has it, once a second: so that ages are right on a device whose clock is not. */

import { signal } from "@preact/signals";

/** UTC milliseconds, raised each second while the page is visible. */
export const now = signal(Date.now());

let aheadMs = 0;

/** Told what time it is at the server. */
export function setServerTime(iso: string): void {
  aheadMs = Date.parse(iso) - Date.now();
  tick();
}

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
}

function tick(): void {
  now.value = Date.now() + aheadMs;
}
