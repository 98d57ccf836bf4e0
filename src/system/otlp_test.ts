import { assertEquals, assertMatch } from "@std/assert";
import { Collector } from "../../tests/support/collector.ts";
import { waitFor } from "../../tests/support/program.ts";
import { otlpTelemetry } from "./otlp.ts";

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

function telemetry(env: Record<string, string>, troubles: string[] = []) {
  return otlpTelemetry({
    variable: (name) => env[name],
    version: "1",
    now: () => 5000,
    onTrouble: (text) => troubles.push(text),
  });
}

const start = {
  name: "process q",
  seed: "j 1 mark",
  startedAt: 1000,
  attributes: { text: "ü", count: 3, yes: true },
};
const end = { endedAt: 2500, error: null, attributes: {} };

Deno.test("nothing is told unless OTEL_DENO says so", () => {
  assertEquals(telemetry({}), null);
  assertEquals(telemetry({ OTEL_DENO: "false" }), null);
  assertEquals(telemetry({ OTEL_DENO: "1", OTEL_SDK_DISABLED: "true" }), null);
});

Deno.test("a span goes to the collector with its parent, its ids made of its seed", async () => {
  await using collector = new Collector();
  const env = {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x",
    OTEL_SERVICE_NAME: "mine",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
  };
  const told = telemetry(env)!;
  const span = told.startSpan({ ...start, parent });
  assertMatch(span.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
  assertEquals(told.startSpan({ ...start, parent }).traceparent, span.traceparent);
  span.log("within");
  told.log("beside");
  span.end({ ...end, error: "it failed" });
  told.startSpan({ ...start, seed: "another", parent: null }).end(end);
  // Who is not sampled hands the context on, and tells nothing.
  told.startSpan({ ...start, seed: "third", parent: parent.replace(/01$/, "00") }).end(end);
  await told.close();
  const [first, second, ...more] = collector.spans;
  assertEquals(more, []);
  assertEquals([first!.traceId, first!.parentSpanId], [parent.split("-")[1], parent.split("-")[2]]);
  assertEquals(first!.spanId, span.traceparent.split("-")[2]);
  assertEquals([first!.startTimeUnixNano, first!.endTimeUnixNano], ["1000000000", "2500000000"]);
  assertEquals(first!.attributes, { text: "ü", count: "3", yes: true });
  assertEquals(first!.status, { code: 2, message: "it failed" });
  assertEquals([second!.parentSpanId, second!.status], [undefined, {}]);
  assertEquals(collector.logs, [{ text: "within", traceId: first!.traceId }, {
    text: "beside",
    traceId: undefined,
  }]);
  assertEquals([...collector.services], ["mine"]);
  assertEquals(collector.headers[0]!.get("authorization"), "Bearer x");
});

Deno.test("a collector that is away is said once, and what waits is sent when it is back", async () => {
  await using collector = new Collector();
  collector.status = 503;
  const troubles: string[] = [];
  const told = telemetry({ OTEL_DENO: "1", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, troubles)!;
  told.startSpan({ ...start, parent }).end(end);
  await waitFor("the first try", () => troubles.length === 1);
  told.startSpan({ ...start, seed: "b", parent }).end(end);
  await waitFor("a second one", () => collector.headers.length >= 2);
  collector.status = 200;
  await told.close();
  assertEquals([collector.spans.length, troubles.length], [2, 1]);
  assertMatch(troubles[0]!, /status 503/);
  const away = telemetry({ OTEL_DENO: "1", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }, troubles)!;
  away.log("x");
  await away.close();
  assertEquals(troubles.length, 2);
});
