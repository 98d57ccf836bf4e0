/** The files of the dashboard. They are known by name before the first request, so that no path leads elsewhere. */

export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Whether its name holds a hash of what is in it, so that it never changes. */
  readonly isImmutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  json: "application/json",
  webmanifest: "application/manifest+json",
  txt: "text/plain; charset=utf-8",
};

/** Files by their paths in the folder ("assets/app-1a2b3c4d.js") as what is served. What has no known type is left out. */
export function assetsOf(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const [path, bytes] of files) {
    const type = types[path.slice(path.lastIndexOf(".") + 1)];
    const isImmutable = /^assets\/.*[-.][0-9A-Za-z_]{8,}\.\w+$/.test(path);
    if (type !== undefined) assets.set(`/${path}`, { bytes, type, isImmutable });
  }
  return assets;
}

export function assetResponse({ bytes, type, isImmutable }: Asset): Response {
  return new Response(bytes, {
    headers: {
      "content-type": type,
      "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}
