import { traceHeader } from "../core/trace_context.ts";
import type { Session } from "./session.ts";

/** What each post to a webhook says beside its signature: what it holds, who sends it, and in which trace. */
export function postHeaders({ world, traceparent }: Session): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": `queuectl/${world.version.program}`,
    ...(traceparent === null ? {} : { [traceHeader]: traceparent }),
  };
}
