/** What workers tell a collector of traces and logs. `src/system/otlp.ts` has the real one. */

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  /** The trace context that it belongs under, as text, or null for a trace of its own. */
  readonly parent: string | null;
  /** What the ids are made of: the same text gives the same span, whoever tells of it. */
  readonly seed: string;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly attributes: Attributes;
}

export interface SpanEnd {
  readonly endedAt: number;
  /** Why it failed, or null. */
  readonly error: string | null;
  readonly attributes: Attributes;
}

export interface Span {
  /** What is handed on to what happens within it. */
  readonly traceparent: string;
  /** A line about it, as a log record of its trace. */
  log(line: string): void;
  end(end: SpanEnd): void;
}

export interface Telemetry {
  startSpan(start: SpanStart): Span;
  log(line: string): void;
  /** Sends what is left, for a while. */
  close(): Promise<void>;
}
