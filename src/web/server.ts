/** The server of one queue: puts its parts together and says how it is reached. */

import type { Admission } from "../core/admission.ts";
import type { ServedQueue } from "../operations/served_queue.ts";
import { Access } from "./access.ts";
import { createApp } from "./app.ts";
import { assetsOf } from "./assets.ts";
import { EventHub } from "./events/hub.ts";

/** A socket that answers HTTP. */
export interface Listener {
  readonly port: number;
  /** Lets what is under way end, for a while. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly queue: ServedQueue;
  readonly hostname: string;
  readonly port: number;
  /** Other names by which it is reached. */
  readonly names: readonly string[];
  readonly admission: Admission;
  /** The files of the dashboard, by their paths in its folder. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly listen: (
    at: { readonly hostname: string; readonly port: number },
    answer: (request: Request, address: string) => Promise<Response>,
  ) => Listener;
  readonly report: (error: unknown) => void;
}

export interface RunningServer {
  /** Such as "http://127.0.0.1:7420/". */
  readonly url: string;
  /** A URL that logs a browser in, once. */
  loginUrl(): string;
  close(): Promise<void>;
}

export function startServer(options: ServerOptions): RunningServer {
  const { queue, hostname, admission, names } = options;
  const access = new Access(admission, queue.machine);
  const events = new EventHub(queue, options.report);
  let app: ReturnType<typeof createApp> | undefined;
  const listener = options.listen({ hostname, port: options.port }, (request, address) => {
    app ??= createApp({
      queue,
      events,
      access,
      addresses: { hostname, names },
      cookieName: `queuectl_${listener.port}`,
      assets: assetsOf(options.files),
      report: options.report,
    });
    return app(request, address);
  });
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${listener.port}/`;
  return {
    url,
    loginUrl: () => `${url}login?code=${access.newCode()}`,
    close() {
      events.close();
      return listener.close();
    },
  };
}
