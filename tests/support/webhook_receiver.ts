/** A receiver of webhooks on loopback, which keeps what it gets and answers as a test says. */

export interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly json: WebhookShape;
}

/** What the tests look at of what is posted. */
export interface WebhookShape {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly id: string; readonly state: string; readonly exit_code: number | null };
}

export type Answering = (received: Received) => Response | Promise<Response>;

export class WebhookReceiver implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly received: Received[] = [];
  answer: Answering = () => new Response("thank you");

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const bytes = new Uint8Array(await request.arrayBuffer());
      const json = bytes.length === 0 ? null : JSON.parse(new TextDecoder().decode(bytes));
      const received = { path: new URL(request.url).pathname, headers: request.headers, bytes, json };
      this.received.push(received);
      return await this.answer(received);
    });
  }

  /** "127.0.0.1:4567". */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  get url(): string {
    return `http://${this.host}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Whether a receiver that knows this secret believes what it got: Standard Webhooks, by WebCrypto alone. */
export async function isSignedBy({ headers, bytes }: Received, secret: string): Promise<boolean> {
  const text = atob(secret.slice("whsec_".length));
  const raw = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const head = new TextEncoder().encode(`${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.`);
  const content = new Uint8Array([...head, ...bytes]);
  for (const each of (headers.get("webhook-signature") ?? "").split(" ")) {
    const [version, signature] = each.split(",");
    if (version !== "v1") continue;
    const given = Uint8Array.from(atob(signature!), (character) => character.charCodeAt(0));
    if (await crypto.subtle.verify("HMAC", key, given, content)) return true;
  }
  return false;
}
