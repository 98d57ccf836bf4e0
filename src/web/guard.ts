/** Which requests are heard at all: for this host, and from its own pages. */

import { RequestRefused } from "./problem_response.ts";

export interface Addresses {
  /** Where it listens. */
  readonly hostname: string;
  /** Names by which it is reached beside that, in lower case. */
  readonly names: readonly string[];
}

/**
 * Refuses what names another host: a page of a stranger whose name leads here (DNS rebinding) sends that name. A
 * number is no name that leads elsewhere tomorrow, so where it listens on all addresses, any of them will do.
 */
export function checkHost(headers: Headers, { hostname, names }: Addresses): void {
  const host = hostnameOf(headers.get("host"));
  if (host !== null) {
    if (names.includes(host)) return;
    if (isLoopback(hostname) ? isLoopback(host) : host === hostname.toLowerCase()) return;
    if (isAnyAddress(hostname) && (isNumber(host) || host === "localhost")) return;
  }
  throw new RequestRefused(421, "Cannot answer for this host", {
    hint: "Give the names by which it is reached: queuectl serve --host NAME",
  });
}

/** Refuses what a page of another origin asks for. Browsers say so; what is no browser may say nothing. */
export function checkOrigin(request: { readonly method: string; readonly headers: Headers }): void {
  const { headers, method } = request;
  const site = headers.get("sec-fetch-site");
  const isRead = method === "GET" || method === "HEAD";
  // Following a link to a page is no harm: it shows nothing to where it came from.
  const isVisit = isRead && headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
  const isForeignSite = site !== null && site !== "same-origin" && !(site === "none" && isRead) && !isVisit;
  if (isForeignSite || !isOwnOrigin(headers)) {
    throw new RequestRefused(403, "Cannot answer a page of another origin");
  }
}

function isOwnOrigin(headers: Headers): boolean {
  const origin = headers.get("origin");
  if (origin === null) return true;
  try {
    const { protocol, host } = new URL(origin);
    return (protocol === "http:" || protocol === "https:") &&
      host === new URL(`${protocol}//${headers.get("host")}`).host;
  } catch {
    return false;
  }
}

/** The name in a Host header, without its port and in lower case; null where it is none. */
function hostnameOf(host: string | null): string | null {
  if (host === null || !/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(host)) return null;
  return host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "").toLowerCase();
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isNumber(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(":");
}
