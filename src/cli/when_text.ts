import { roughDuration } from "../core/duration.ts";

/** An instant to come, as the caller's clock shows it, and how far off: "2026-11-25T09:00:00+01:00 (in 13h)". */
export function whenText(at: number, now: number): string {
  return `${localTime(at)} (in ${roughDuration(at - now)})`;
}

function localTime(at: number): string {
  const offset = -new Date(at).getTimezoneOffset();
  const shown = new Date(at + offset * 60_000).toISOString().slice(0, -5);
  if (offset === 0) return `${shown}Z`;
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const twoDigits = (part: number) => String(part).padStart(2, "0");
  return `${shown}${offset < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(minutes)}`;
}
