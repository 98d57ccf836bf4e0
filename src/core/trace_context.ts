/** W3C trace context: which span of which trace something belongs to, as one line of text. */

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** The names of the variable and of the header of HTTP that it is handed on by. */
export const traceVariable = "TRACEPARENT";
export const traceHeader = "traceparent";

/** Null where the text is none; what versions to come add at its end is left out. */
export function parseTraceparent(text: string | undefined): TraceContext | null {
  const [, version, traceId, spanId, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text?.trim() ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return null;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return null;
  return { traceId: traceId!, spanId: spanId!, isSampled: (parseInt(flags!, 16) & 1) === 1 };
}

/** A text that somebody gave as it is kept with a job: whole and sound, or null. */
export function keptTraceparent(text: string | undefined): string | null {
  const context = parseTraceparent(text);
  return context === null ? null : formatTraceparent(context);
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
