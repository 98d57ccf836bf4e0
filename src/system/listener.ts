/** A socket that answers HTTP. Once it listens, it needs the permission net no more. */

import { QueueError } from "../core/errors.ts";
import { reasonOf } from "./reason.ts";

/** For how long what is under way may go on once it is closed, in milliseconds. */
const graceMs = 1000;

export interface HttpListener {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 takes a free one. Throws a `QueueError` where it cannot listen there. */
export function listenForHttp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  answer: (request: Request, address: string) => Promise<Response>,
): HttpListener {
  let server;
  try {
    server = Deno.serve(
      { hostname, port, onListen: () => {} },
      (request, { remoteAddr }) => answer(request, "hostname" in remoteAddr ? remoteAddr.hostname : ""),
    );
  } catch (error) {
    throw new QueueError("failed", `Cannot listen on ${hostname}:${port}: ${reasonOf(error)}`, {
      hint: "Choose another place: --listen 127.0.0.1:0 takes a free port",
      cause: error,
    });
  }
  return {
    port: server.addr.port,
    async close() {
      // What streams never ends by itself; it ends with the process.
      let timer;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
      await Promise.race([server.shutdown(), patience]);
      clearTimeout(timer);
    },
  };
}
