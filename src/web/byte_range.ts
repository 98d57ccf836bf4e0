/** The header Range of HTTP, as far as one range goes; several at once are answered with the whole, as may be. */

export interface ByteRange {
  readonly from: number;
  /** The last byte, included; Infinity for all that follow. */
  readonly to: number;
}

/** Null where no part is asked for; "unmet" where there is none such. A `total` of bytes is there. */
export function parseRange(header: string | null, total: number): ByteRange | "unmet" | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(/\s/g, "") ?? "");
  if (found === null) return null;
  const [, first = "", last = ""] = found;
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Number(last);
    if (length === 0) return "unmet";
    // Of nothing the last bytes are all: it is the whole, and no error for who follows what is yet to come.
    return total === 0 ? null : { from: Math.max(0, total - length), to: total - 1 };
  }
  const from = Number(first);
  const to = last === "" ? Infinity : Number(last);
  if (to < from) return null;
  return from >= total ? "unmet" : { from, to: Math.min(to, total - 1) };
}
