/** Server-sent events as text. */

export interface ServerEvent {
  readonly event: string;
  /** Where a client goes on when it comes back; left out where it goes on from the event before. */
  readonly id?: string;
  readonly data: unknown;
}

const encoder = new TextEncoder();

/** JSON has no line breaks of its own, so nothing that a job says can end a line here. */
export function encodeEvent({ event, id, data }: ServerEvent): Uint8Array {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return encoder.encode(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Keeps what is between from closing a quiet connection, and finds out that a client is gone. */
export const keepAlive = encoder.encode(": \n\n");
/** How often that is sent, in milliseconds. */
export const keepAliveMs = 15_000;

export function eventStream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}
