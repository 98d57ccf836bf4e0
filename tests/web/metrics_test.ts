/** GET /metrics: what `metrics` prints, for a Prometheus that asks. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkProblem } from "../support/api_answers.ts";
import { readExposition } from "../support/exposition.ts";
import { programs, TestQueue } from "../support/program.ts";
import { hasPromtool, promtool } from "../support/promtool.ts";
import { WebServer } from "../support/web_server.ts";

const serve = ["serve", "--listen", "127.0.0.1:0"];

for (const program of programs) {
  Deno.test(`a scrape is answered in the form that it asks for (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("a", "completed");
    await using server = await WebServer.start(queue, serve);
    const plain = await server.ask("/metrics");
    assertEquals([plain.status, plain.headers.get("content-type")], [
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    if (hasPromtool()) assertEquals(await promtool(["check", "metrics"], plain.text), "");
    assertEquals(readExposition(plain.text).get('queuectl_jobs{state="completed",queue="default"}'), 1);
    const open = await server.ask("/metrics", {
      headers: { accept: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5" },
    });
    assertStringIncludes(open.headers.get("content-type")!, "application/openmetrics-text");
    assertMatch(open.text, /\n# EOF\n$/);
    assertEquals((await server.ask("/metrics", { method: "POST" })).status, 404);
  });
}

Deno.test("where a token is asked for, a scrape shows it; where there is no store, it fails", async () => {
  await using queue = await TestQueue.create();
  const file = queue.path("token");
  await queue.ok("serve", "--make-token", file);
  await using server = await WebServer.start(queue, [...serve, "--token-file", file, "--read-only"]);
  assertEquals((await server.ask("/metrics")).status, 401);
  const authorization = `Bearer ${(await Deno.readTextFile(file)).trim()}`;
  const none = await server.ask("/metrics", { headers: { authorization } });
  assertEquals(none.status, 503);
  checkProblem(none);
  await queue.ok("enqueue", "--", "true");
  const some = await server.ask("/metrics", { headers: { authorization } });
  assertEquals(readExposition(some.text).get('queuectl_jobs{state="pending",queue="default"}'), 1);
});
