/** A running `queuectl serve` or `ui`, and ways to ask it: by fetch, and byte by byte for what fetch would not send. */

import type { Answered } from "./answered.ts";
import type { TestQueue } from "./program.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class WebServer implements AsyncDisposable {
  /** The URL that it printed. */
  readonly printed: string;
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string>;

  private constructor(child: Deno.ChildProcess, printed: string, said: Promise<string>) {
    this.#child = child;
    this.pid = child.pid;
    this.printed = printed;
    this.#said = said;
  }

  /** Starts it on a free port and waits until it listens. */
  static async start(
    queue: TestQueue,
    args: readonly string[] = ["serve", "--listen", "127.0.0.1:0"],
    env: Readonly<Record<string, string>> = {},
  ): Promise<WebServer> {
    const child = queue.spawn(args, { env });
    const said = readAll(child.stderr);
    const [line, rest] = await firstLine(child.stdout);
    void rest.cancel();
    if (line === "") throw new Error(`queuectl ${args.join(" ")}: ${await said}`);
    return new WebServer(child, line, said);
  }

  /** "127.0.0.1:4567". */
  get host(): string {
    return new URL(this.printed).host;
  }

  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  async ask(path: string, { method, json, headers = {} }: AskOptions = {}): Promise<Answer> {
    const response = await fetch(this.url(path), {
      method: method ?? (json === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The JSON of an answer that has this status. */
  async json(path: string, options: AskOptions & { readonly status?: number } = {}): Promise<Answered> {
    const { status, text } = await this.ask(path, options);
    if (status !== (options.status ?? 200)) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text);
  }

  /** Sends bytes as they are, and reads until it closes or the time is up. */
  async raw(request: string, patienceMs = 1500): Promise<string> {
    const { hostname, port } = new URL(this.printed);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const buffer = new Uint8Array(64 * 1024);
    const deadline = Promise.withResolvers<null>();
    const timer = setTimeout(() => deadline.resolve(null), patienceMs);
    let text = "";
    try {
      await connection.write(new TextEncoder().encode(request));
      for (;;) {
        const count = await Promise.race([connection.read(buffer).catch(() => null), deadline.promise]);
        if (count === null) return text;
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
    } finally {
      clearTimeout(timer);
      connection.close();
    }
  }

  /** Ends it as Ctrl-C does; returns its exit code and what it said on stderr. */
  async stop(signal: Deno.Signal = "SIGINT"): Promise<{ readonly code: number; readonly stderr: string }> {
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    return { code, stderr: await this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#said;
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

async function firstLine(
  stream: ReadableStream<Uint8Array>,
): Promise<[string, ReadableStreamDefaultReader<Uint8Array>]> {
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return ["", reader];
    text += new TextDecoder().decode(value);
    if (text.includes("\n")) return [text.slice(0, text.indexOf("\n")), reader];
  }
}
