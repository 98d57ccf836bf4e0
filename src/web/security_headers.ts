/** What every response says, so that a browser takes it for nothing else than it is. */

/** For the pages: everything from here, no inline script or style, in no frame. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For everything else, which is no page: even opened as one it loads and runs nothing. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

export function addSecurityHeaders({ headers }: Response): void {
  const isPage = (headers.get("content-type") ?? "").startsWith("text/html");
  headers.set("content-security-policy", isPage ? pagePolicy : dataPolicy);
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  // Not "no-referrer", with which browsers say that a form comes from the origin "null".
  headers.set("referrer-policy", "same-origin");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
  // Whatever is not said to be cacheable tells of the queue.
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}
