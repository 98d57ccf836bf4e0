/** Numbers as people read them. */

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** "1,234,567". */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** "1.2M", for where there is little room; up to 9,999 it is written out. */
export function formatShortCount(count: number): string {
  return count < 10_000 ? whole.format(count) : compact.format(count);
}

/** "1 job", "1,200 jobs". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** A share from 0 to 1: "0 %", "<1 %", "12 %"; "–" for null. */
export function formatShare(share: number | null): string {
  if (share === null) return "–";
  const percent = share * 100;
  if (percent > 0 && percent < 1) return "<1 %";
  return `${percent > 99 && percent < 100 ? ">99" : Math.round(percent)} %`;
}

/** 2048 as "2.0 KB"; below a thousand whole bytes. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0
    ? countOf(bytes, "byte")
    : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
