/**
 * Lengths of time and sizes as people write them: "10s", "5m", "2h30m", "10MB".
 * A bare number is refused where a unit is needed, since nobody can tell whether it means seconds or milliseconds.
 */

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The longest duration that is accepted: 100 years, in milliseconds. */
export const longestDurationMs = 100 * 365 * 86_400_000;

/**
 * Milliseconds of a duration such as "500ms", "10s", "1.5h" or "2h30m"; "0" needs no unit.
 * Undefined where the text is not a duration, is negative, or is longer than 100 years.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * unitMs[unit!]!;
  }
  const ms = Math.round(total);
  return ms <= longestDurationMs ? ms : undefined;
}

/** A duration as `parseDuration` reads it, exactly: 9000000 is "2h30m", 0 is "0s". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = ms;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const count = Math.floor(rest / unitMs[unit]!);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit]!;
  }
  return text;
}

/** A duration for people, in one or two units: "4s", "2m 10s", "3h 5m", "12d". */
export function roughDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (ms < 950) return `${Math.max(0, Math.round(ms))}ms`;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours}h` : `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d`;
}

const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KIB: 1024,
  MIB: 1_048_576,
  GIB: 1_073_741_824,
};

/** Bytes of a size such as "64KB" (1000s), "10MiB" (1024s) or "512B". Undefined where the text is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|[KMG]i?B)$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * unitBytes[match[2]!.toUpperCase()]!);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size for people: 10000000 is "10MB", 1536 is "1536B". Reads back exactly. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["KB", 1e3]] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}
