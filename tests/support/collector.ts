/** A collector of traces and logs on loopback: OTLP over HTTP with JSON, as far as tests need it. */

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface CollectedLog {
  readonly text: string;
  readonly traceId: string | undefined;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly boolValue?: boolean };
}

function read(attributes: readonly Attribute[]): Record<string, string | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue ?? ""]),
  );
}

export class Collector implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly spans: CollectedSpan[] = [];
  readonly logs: CollectedLog[] = [];
  readonly services = new Set<string>();
  readonly headers: Headers[] = [];
  /** What it answers with. */
  status = 200;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#take(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #take(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.json();
    this.headers.push(request.headers);
    if (this.status !== 200) return new Response("{}", { status: this.status });
    for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
      this.services.add(String(read(resource.attributes)["service.name"]));
      if (pathname !== "/v1/traces") throw new Error(`spans at ${pathname}`);
      for (const span of scopeSpans.flatMap(({ spans }: { spans: object[] }) => spans)) {
        this.spans.push({ ...span, attributes: read(span.attributes) });
      }
    }
    for (const { scopeLogs } of body.resourceLogs ?? []) {
      if (pathname !== "/v1/logs") throw new Error(`logs at ${pathname}`);
      for (const record of scopeLogs.flatMap((scope: { logRecords: object[] }) => scope.logRecords)) {
        this.logs.push({ text: record.body.stringValue, traceId: record.traceId });
      }
    }
    return new Response("{}", { headers: { "content-type": "application/json" } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
