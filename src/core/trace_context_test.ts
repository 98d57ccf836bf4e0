import { assertEquals } from "@std/assert";
import { formatTraceparent, keptTraceparent, parseTraceparent } from "./trace_context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

Deno.test("a trace context is read as W3C says, and written as it was read", () => {
  const text = `00-${traceId}-${spanId}-01`;
  assertEquals(parseTraceparent(text), { traceId, spanId, isSampled: true });
  assertEquals(formatTraceparent(parseTraceparent(text)!), text);
  assertEquals(keptTraceparent(` ${text}\n`), text);
  assertEquals(keptTraceparent(`cc-${traceId}-${spanId}-03-more`), text);
  assertEquals(parseTraceparent(`00-${traceId}-${spanId}-02`)!.isSampled, false);
  assertEquals(parseTraceparent(`01-${traceId}-${spanId}-01-more`), { traceId, spanId, isSampled: true });
});

Deno.test("what is no trace context is none", () => {
  for (
    const text of [
      undefined,
      "",
      "x",
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01-more`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
      `00-${"0".repeat(32)}-${spanId}-01`,
      `00-${traceId}-${"0".repeat(16)}-01`,
    ]
  ) assertEquals([parseTraceparent(text), keptTraceparent(text)], [null, null], text);
});
