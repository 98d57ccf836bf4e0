/** The one place where errors become problem+json (RFC 9457): the same text and hint as on the command line. */

import { type ErrorKind, QueueError } from "../core/errors.ts";
import type { Problem } from "./schemas/problem.ts";

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: 422,
  not_found: 404,
  refused: 409,
  unavailable: 503,
  failed: 500,
};

const titles: Readonly<Record<number, string>> = {
  400: "The request is not understood",
  401: "Who are you?",
  403: "Not allowed",
  404: "Not found",
  405: "No such method here",
  409: "Refused by the state it is in",
  413: "Too large",
  415: "Not a media type that is read here",
  416: "No such range",
  421: "Not the host that is meant",
  422: "The request is understood, and cannot be accepted",
  429: "Too many tries",
  500: "Something went wrong",
  503: "The store is not available",
};

/** Statuses that this server answers with a problem. */
export const problemStatuses = Object.keys(titles).map(Number);

/** What a client did wrong, and no command could have. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    { hint, headers = {} }: { readonly hint?: string; readonly headers?: Readonly<Record<string, string>> } =
      {},
  ) {
    super(detail);
    this.status = status;
    this.hint = hint;
    this.headers = headers;
  }
}

/** Turns whatever was thrown into a response. `report` is told of what nobody expected. */
export function problemResponse(error: unknown, report: (error: unknown) => void): Response {
  if (error instanceof RequestRefused) {
    return respond(error.status, error.message, { hint: error.hint, headers: error.headers });
  }
  if (error instanceof QueueError) {
    const status = statusOfKind[error.kind];
    return respond(status, error.message, {
      kind: error.kind,
      hint: error.hint,
      headers: status === 503 ? { "retry-after": "1" } : {},
    });
  }
  report(error);
  // What it was is for whoever runs the server: it may name files and more.
  return respond(500, "Cannot answer this request: something went wrong inside", {
    hint: "The log of the server says more",
  });
}

interface Details {
  readonly kind?: ErrorKind;
  readonly hint: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

function respond(status: number, detail: string, { kind, hint, headers }: Details): Response {
  const name = kind ?? String(status);
  const body: Problem = {
    type: `urn:queuectl:problem:${name}`,
    title: titles[status] ?? "Something went wrong",
    status,
    detail,
    ...(hint === undefined ? {} : { hint }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}
