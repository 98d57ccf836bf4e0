/** Instants as people read them: how long ago, and exactly. */

import { formatRoughLength } from "./length.ts";

/** "just now", "12 s ago", "3 h ago", "in 5 min". Both are UTC milliseconds. */
export function formatAgo(at: number, now: number): string {
  const ago = now - at;
  // A second may pass between the server's clock and this page's.
  if (Math.abs(ago) < 1500) return "just now";
  return ago > 0 ? `${formatRoughLength(ago)} ago` : `in ${formatRoughLength(-ago)}`;
}

const exact = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

/** "28 Nov 2026, 23:15:54 GMT+1 (2026-11-28T22:15:54Z)": in this browser's time zone, and as the logs have it. */
export function formatExact(iso: string): string {
  return `${exact.format(Date.parse(iso))} (${iso.slice(0, 19)}Z)`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** "23:15", or with the day where a window is longer than a day. */
export function formatPoint(at: number, isLongWindow: boolean): string {
  return (isLongWindow ? dayAndClock : clock).format(at);
}
