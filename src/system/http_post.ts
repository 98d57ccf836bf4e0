/**
 * One POST over a connection of its own. Not `fetch`: with OTEL_DENO set Deno makes a span of each, and sending those of
 * spans makes more of them.
 */

const longestMs = 10_000;

/** The status of the answer. Throws where there is none. */
export async function post(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const isSecure = url.protocol === "https:";
  const place = {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (isSecure ? 443 : 80)),
  };
  const connection = isSecure ? await Deno.connectTls(place) : await Deno.connect(place);
  const timer = setTimeout(() => connection.close(), longestMs);
  try {
    const bytes = new TextEncoder().encode(body);
    const lines = [
      `POST ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      "Content-Type: application/json",
      `Content-Length: ${bytes.length}`,
      "Connection: close",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    await writeAll(connection, new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
    await writeAll(connection, bytes);
    return statusOf(await readHead(connection));
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer has closed it.
    }
  }
}

async function writeAll(connection: Deno.Conn, data: Uint8Array): Promise<void> {
  for (let sent = 0; sent < data.length;) sent += await connection.write(data.subarray(sent));
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(1024);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

function statusOf(head: string): number {
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head) ?? [];
  if (status === undefined) throw new Error("it does not answer as HTTP");
  return Number(status);
}
