/** What browsers get: the dashboard at each of its paths, the login page before it, and problems as pages. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { matchPath, pageNames, paths } from "../../src/dashboard/router/routes.ts";
import { dashboardPaths, isDashboardPath, safeTarget } from "../../src/web/pages/paths.ts";
import { builtDashboard } from "../support/built_dashboard.ts";
import { programs, TestQueue } from "../support/program.ts";
import { type Answer, WebServer } from "../support/web_server.ts";

const browser = { accept: "text/html,application/xhtml+xml" };

function checkPage({ headers, text }: Answer): void {
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertStringIncludes(headers.get("content-security-policy")!, "script-src 'self'");
  assertMatch(text, /^\s*<!doctype html>\s*<html lang="en">/i);
  // Nothing inline, which the policy would refuse, and nothing from elsewhere.
  assert(
    !/<script(?![^>]* src="\/)|<style|<[^>]*\s(?:on\w+|style)=|(?:src|href)="(?!\/|data:,")/i.test(text),
    text,
  );
}

for (const program of programs) {
  Deno.test(`the dashboard is at each of its paths, and nowhere else (${program.name})`, async () => {
    await builtDashboard();
    await using queue = await TestQueue.create(program);
    await using server = await WebServer.start(queue);
    const page = await server.ask("/", { headers: browser });
    assertEquals(page.status, 200, page.text);
    checkPage(page);
    assertStringIncludes(page.text, "<noscript>");
    for (
      const path of ["/jobs?state=dead", "/jobs/a", "/jobs/a%2Fb", "/queues", "/dead-letters", "/workers"]
    ) {
      const answer = await server.ask(path, { headers: browser });
      assertEquals([answer.status, answer.text], [200, page.text], path);
    }
    const parts = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    assertEquals(parts.map((path) => path.slice(path.lastIndexOf("."))).sort(), [".css", ".js", ".svg"]);
    for (const path of parts) {
      const { status, headers } = await server.ask(path);
      assertEquals(
        [status, headers.get("cache-control")],
        [200, "public, max-age=31536000, immutable"],
        path,
      );
    }
    for (const path of ["/jobs/", "/jobs/a/b", "/index", "/nothing", "/.origin", "/queues/x"]) {
      const answer = await server.ask(path, { headers: browser });
      assertEquals(answer.status, 404, path);
      checkPage(answer);
      assertStringIncludes(answer.text, "There is nothing at this path");
    }
    const { stderr } = await server.stop();
    assert(!stderr.includes("build:dashboard"), stderr);
  });
}

Deno.test("whoever has to log in comes to the page that was asked for, and to no other place", async () => {
  await builtDashboard();
  await using queue = await TestQueue.create();
  await queue.ok("serve", "--make-token", queue.path("token"));
  const args = ["serve", "--listen", "127.0.0.1:0", "--token-file", queue.path("token")];
  await using server = await WebServer.start(queue, args);
  const asked = await server.ask("/jobs?state=dead&queue=a", { headers: browser });
  const login = "/login?to=%2Fjobs%3Fstate%3Ddead%26queue%3Da";
  assertEquals([asked.status, asked.headers.get("location")], [303, login]);
  const page = await server.ask(login, { headers: browser });
  checkPage(page);
  assertStringIncludes(page.text, 'value="/jobs?state=dead&amp;queue=a"');
  const style = await server.ask("/style.css");
  assertEquals([style.status, style.headers.get("content-type")], [200, "text/css; charset=utf-8"]);
  const hostile = await server.ask(`/login?to=${encodeURIComponent('"><script>alert(1)</script>')}`);
  checkPage(hostile);
  assertStringIncludes(hostile.text, 'name="to" value="/"');
});

Deno.test("only pages of the dashboard are places to go to after the login", () => {
  for (const target of ["/", "/jobs", "/jobs/a?x=1", "/queues", "/jobs?after=@3"]) {
    assertEquals(safeTarget(target), target);
  }
  for (
    const other of [
      null,
      "",
      "//evil.example/jobs",
      "https://evil.example/jobs",
      "/\\evil.example/jobs",
      "\\\\evil.example",
      "javascript:alert(1)",
      "/login",
      "/api/v1/jobs",
      "/jobs/../api/v1/jobs",
    ]
  ) {
    assertEquals(safeTarget(other), "/", String(other));
  }
});

Deno.test("server and dashboard agree on the dashboard's paths", () => {
  assertEquals(pageNames.map((name) => paths[name]).sort(), [...dashboardPaths].sort());
  for (const path of ["/", "/jobs", "/jobs/a", "/jobs/a/b", "/jobs/", "/x", "/workers", "/workers/"]) {
    assertEquals(matchPath(path) !== null, isDashboardPath(path), path);
  }
});
