/** The files of the dashboard, as they are served: by name, with their types, and some of them for ever. */

import { assert, assertEquals } from "@std/assert";
import { systemChance, systemClock } from "../../src/system/clock.ts";
import { readDashboard } from "../../src/system/dashboard_files.ts";
import type { ServedQueue } from "../../src/operations/served_queue.ts";
import { startServer } from "../../src/web/server.ts";

type Answer = (request: Request, address: string) => Promise<Response>;

function serveFiles(files: Readonly<Record<string, string>>): (path: string) => Promise<Response> {
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  let answer: Answer | undefined;
  const machine = { clock: systemClock, chance: systemChance };
  startServer({
    queue: { isReadOnly: true, machine, version: "0" } as unknown as ServedQueue,
    hostname: "127.0.0.1",
    port: 0,
    names: [],
    admission: "everybody",
    files: new Map(bytes),
    listen(_, given) {
      answer = given;
      return { port: 1, close: () => Promise.resolve() };
    },
    report: (error) => {
      throw error;
    },
  });
  return (path) =>
    answer!(new Request(`http://127.0.0.1:1${path}`, { headers: { host: "127.0.0.1:1" } }), "127.0.0.1");
}

Deno.test("the page is served at /, and what has a hash in its name may be kept for ever", async () => {
  const ask = serveFiles({
    "index.html": "<!doctype html>",
    "assets/app-1a2b3c4d.js": "1",
    "assets/app.js": "2",
    "assets/style.5e6f7a8b.css": "3",
    "assets/notes.unknown": "4",
  });
  const told = async (path: string) => {
    const { status, headers } = await ask(path);
    return [status, headers.get("content-type"), headers.get("cache-control")];
  };
  const forEver = "public, max-age=31536000, immutable";
  assertEquals(await told("/"), [200, "text/html; charset=utf-8", "no-cache"]);
  assertEquals(await told("/assets/app-1a2b3c4d.js"), [200, "text/javascript; charset=utf-8", forEver]);
  assertEquals(await told("/assets/style.5e6f7a8b.css"), [200, "text/css; charset=utf-8", forEver]);
  assertEquals(await told("/assets/app.js"), [200, "text/javascript; charset=utf-8", "no-cache"]);
  for (
    const path of ["/assets/notes.unknown", "/assets", "/assets/", "/index.htm", "/__proto__", "/constructor"]
  ) {
    assertEquals((await ask(path)).status, 404, path);
  }
  const page = await ask("/");
  const policy = page.headers.get("content-security-policy")!;
  assert(policy.includes("script-src 'self'") && policy.includes("frame-ancestors 'none'"), policy);
  assertEquals(page.headers.get("x-content-type-options"), "nosniff");
});

Deno.test("where it is not built, its paths say what builds it", async () => {
  const ask = serveFiles({});
  for (const path of ["/", "/jobs", "/jobs/a"]) {
    const answer = await ask(path);
    assertEquals(answer.status, 404);
    assert((await answer.text()).includes("deno task build:dashboard"), path);
  }
});

Deno.test("files are read by their paths in the folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-dashboard-" });
  try {
    await Deno.mkdir(`${folder}/assets`);
    await Deno.writeTextFile(`${folder}/index.html`, "a");
    await Deno.writeTextFile(`${folder}/assets/x.js`, "b");
    assertEquals([...readDashboard(folder).keys()].sort(), ["assets/x.js", "index.html"]);
    assertEquals([...readDashboard(`${folder}/none`).keys()], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
