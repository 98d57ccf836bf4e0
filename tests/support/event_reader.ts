/** Reads server-sent events, one after the other. */

import type { Answered } from "./answered.ts";

export interface ReceivedEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Answered;
}

export class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(reader: ReadableStreamDefaultReader<string>) {
    this.#reader = reader;
  }

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const response = await fetch(url, { headers: { accept: "text/event-stream", ...headers } });
    if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return new EventReader(response.body!.pipeThrough(new TextDecoderStream()).getReader());
  }

  /** The next event, or null at the end of the stream. */
  async next(): Promise<ReceivedEvent | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const event = parseEvent(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        if (event !== null) return event;
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  /** Reads on until an event fits; the ones before are left out. */
  async until(fits: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent> {
    for (;;) {
      const event = await this.next();
      if (event === null) throw new Error("the events have ended before");
      if (fits(event)) return event;
    }
  }

  async all(): Promise<ReceivedEvent[]> {
    const events: ReceivedEvent[] = [];
    for (let event = await this.next(); event !== null; event = await this.next()) events.push(event);
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

function parseEvent(block: string): ReceivedEvent | null {
  const fields = new Map(
    block.split("\n").filter((line) => !line.startsWith(":")).map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get("data");
  if (data === undefined) return null;
  return { id: fields.get("id") ?? null, event: fields.get("event") ?? "message", data: JSON.parse(data) };
}
