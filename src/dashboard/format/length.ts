/** Lengths of time as people read them. */

const units = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1000 },
] as const;

/** Milliseconds as "12 ms", "1.4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": at most two units. */
export function formatLength(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const rounded = Math.round(ms / 1000) * 1000;
  const index = units.findIndex((unit) => rounded >= unit.ms);
  const unit = units[index]!;
  const count = Math.floor(rounded / unit.ms);
  const next = units[index + 1];
  const rest = next === undefined ? 0 : Math.floor((rounded - count * unit.ms) / next.ms);
  return `${count} ${unit.name}${next === undefined || rest === 0 ? "" : ` ${rest} ${next.name}`}`;
}

/** One unit: "45 s", "12 min", "3 h", "5 d". */
export function formatRoughLength(ms: number): string {
  const unit = units.find((each) => ms >= each.ms) ?? units[3];
  return `${Math.max(0, Math.floor(ms / unit.ms))} ${unit.name}`;
}
