/**
 * Traces and logs to a collector, by OTLP over HTTP with JSON, as OTEL_* variables say. Deno has that built in, but a
 * compiled program keeps the OTEL_DENO that it was compiled with, and its spans choose their own ids, so that a worker
 * could not end the span that another one began (decision 19). Never waited for, and never a reason to fail.
 */

import { createHash } from "node:crypto";
import type { Attributes, Span, SpanEnd, SpanStart, Telemetry } from "../core/telemetry.ts";
import { formatTraceparent, parseTraceparent, type TraceContext } from "../core/trace_context.ts";
import { post } from "./http_post.ts";

export interface OtlpOptions {
  readonly variable: (name: string) => string | undefined;
  readonly version: string;
  readonly now: () => number;
  /** About the sending itself, once until it goes well again. */
  readonly onTrouble: (text: string) => void;
}

const sendEveryMs = 1000;
const mostWaiting = 2048;
const closeMs = 2000;
/** OTLP's numbers. */
const consumer = 5;
const statusError = 2;
const severityInfo = 9;

/** Null where it is not wanted: OTEL_DENO is not `true` or `1`, or OTEL_SDK_DISABLED is. */
export function otlpTelemetry(options: OtlpOptions): Telemetry | null {
  const isSet = (name: string) => /^(true|1)$/i.test(options.variable(name) ?? "");
  return isSet("OTEL_DENO") && !isSet("OTEL_SDK_DISABLED") ? new Otlp(options) : null;
}

type Json = { readonly [name: string]: unknown };

class Otlp implements Telemetry {
  readonly #options: OtlpOptions;
  readonly #spans: Outbox;
  readonly #logs: Outbox;
  readonly #resource: Json;
  readonly #scope: Json;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> = Promise.resolve();
  #isInTrouble = false;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#spans = new Outbox(endpoint(options.variable, "TRACES", "/v1/traces"));
    this.#logs = new Outbox(endpoint(options.variable, "LOGS", "/v1/logs"));
    const { OTEL_SERVICE_NAME = "queuectl", OTEL_RESOURCE_ATTRIBUTES = "" } = Object.fromEntries(
      ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"].flatMap((name) => {
        const value = options.variable(name) ?? "";
        return value === "" ? [] : [[name, value]];
      }),
    );
    this.#resource = {
      attributes: attributesOf({
        "service.version": options.version,
        ...pairsOf(OTEL_RESOURCE_ATTRIBUTES),
        "service.name": OTEL_SERVICE_NAME,
      }),
    };
    this.#scope = { name: "queuectl", version: options.version };
  }

  startSpan(start: SpanStart): Span {
    const parent = parseTraceparent(start.parent ?? undefined);
    const digest = createHash("sha256").update(start.seed).digest("hex");
    const context: TraceContext = {
      traceId: parent?.traceId ?? digest.slice(0, 32),
      spanId: digest.slice(32, 48),
      isSampled: parent?.isSampled ?? true,
    };
    return {
      traceparent: formatTraceparent(context),
      log: (line) => this.#log(line, context),
      end: (end) => {
        if (context.isSampled) this.#put(this.#spans, spanOf(start, end, { context, parent }));
      },
    };
  }

  log(line: string): void {
    this.#log(line, null);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<void>((resolve) => timer = setTimeout(resolve, closeMs));
    await Promise.race([this.#send(), isLate]);
    clearTimeout(timer);
  }

  #log(line: string, context: TraceContext | null): void {
    const time = nanoseconds(this.#options.now());
    this.#put(this.#logs, {
      timeUnixNano: time,
      observedTimeUnixNano: time,
      severityNumber: severityInfo,
      severityText: "INFO",
      body: { stringValue: line },
      ...context === null
        ? {}
        : { traceId: context.traceId, spanId: context.spanId, flags: Number(context.isSampled) },
    });
  }

  #put(outbox: Outbox, item: Json): void {
    outbox.put(item);
    this.#timer ??= setTimeout(() => void this.#send(), sendEveryMs);
  }

  /** One after the other; what fails to be sent is tried again with what comes next. */
  #send(): Promise<void> {
    this.#timer = undefined;
    return this.#sending = this.#sending.then(async () => {
      try {
        await this.#spans.send((spans) => ({
          resourceSpans: [{ resource: this.#resource, scopeSpans: [{ scope: this.#scope, spans }] }],
        }), this.#headers("TRACES"));
        await this.#logs.send((logRecords) => ({
          resourceLogs: [{ resource: this.#resource, scopeLogs: [{ scope: this.#scope, logRecords }] }],
        }), this.#headers("LOGS"));
        this.#isInTrouble = false;
      } catch (error) {
        if (!this.#isInTrouble) {
          this.#options.onTrouble(`cannot send traces and logs: ${(error as Error).message}`);
        }
        this.#isInTrouble = true;
      }
    });
  }

  #headers(signal: Signal): Record<string, string> {
    const { variable } = this.#options;
    return pairsOf(
      variable(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`) ?? variable("OTEL_EXPORTER_OTLP_HEADERS") ?? "",
    );
  }
}

/** What waits to be sent to one address; the oldest go where they are too many. */
class Outbox {
  readonly #url: URL | null;
  #items: Json[] = [];

  constructor(url: URL | null) {
    this.#url = url;
  }

  put(item: Json): void {
    if (this.#url === null) return;
    this.#items.push(item);
    if (this.#items.length > mostWaiting) this.#items.shift();
  }

  async send(
    wrap: (items: readonly Json[]) => Json,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (this.#url === null || this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    let status: number;
    try {
      status = await post(this.#url, JSON.stringify(wrap(items)), headers);
    } catch (cause) {
      this.#keep(items);
      throw new Error(`${this.#url.origin}: ${(cause as Error).message}`, { cause });
    }
    if (status === 429 || status >= 500) this.#keep(items);
    if (status >= 300) throw new Error(`${this.#url.origin} answers with status ${status}`);
  }

  #keep(items: readonly Json[]): void {
    this.#items = [...items, ...this.#items].slice(-mostWaiting);
  }
}

type Signal = "TRACES" | "LOGS";

/** Null where that signal is turned off, or the address is none. */
function endpoint(variable: OtlpOptions["variable"], signal: Signal, path: string): URL | null {
  if (variable(`OTEL_${signal}_EXPORTER`) === "none") return null;
  const own = variable(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? "";
  const base = variable("OTEL_EXPORTER_OTLP_ENDPOINT") || "http://localhost:4318";
  const text = own !== "" ? own : base.replace(/\/+$/, "") + path;
  return URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : null;
}

/** `name=value,name=value`, percent-encoded, as OTEL_* variables have it. */
function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const equals = pair.indexOf("=");
      return equals < 1 ? [] : [[pair.slice(0, equals).trim(), decoded(pair.slice(equals + 1).trim())]];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).replaceAll(/[\r\n]/g, "");
  } catch {
    return text;
  }
}

function spanOf(
  start: SpanStart,
  end: SpanEnd,
  ids: { readonly context: TraceContext; readonly parent: TraceContext | null },
): Json {
  return {
    traceId: ids.context.traceId,
    spanId: ids.context.spanId,
    ...ids.parent === null ? {} : { parentSpanId: ids.parent.spanId },
    flags: 1,
    name: start.name,
    kind: consumer,
    startTimeUnixNano: nanoseconds(start.startedAt),
    endTimeUnixNano: nanoseconds(Math.max(end.endedAt, start.startedAt)),
    attributes: attributesOf({ ...start.attributes, ...end.attributes }),
    status: end.error === null ? {} : { code: statusError, message: end.error },
  };
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function attributesOf(attributes: Attributes): Json[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number"
      ? { intValue: String(Math.round(value)) }
      : typeof value === "boolean"
      ? { boolValue: value }
      : { stringValue: value },
  }));
}
