/** The pages, as a browser gets them: what they show, where they lead, and that nothing of a job becomes a part of them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programs, TestQueue } from "../support/program.ts";
import { type Answer, WebServer } from "../support/web_server.ts";

const browser = { accept: "text/html,application/xhtml+xml" };

function checkPage({ headers, text }: Answer): void {
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertStringIncludes(headers.get("content-security-policy")!, "script-src 'self'");
  assertMatch(text, /^\s*<!DOCTYPE html>\s*<html lang="en">/);
  assertEquals(text.match(/<h1>/g)!.length, 1);
  // No script of its own, so no script at all.
  assert(!/<script|<img|<iframe|<[^>]*\son\w+=|="javascript:/i.test(text), text);
}

for (const program of programs) {
  Deno.test(`pages show the queue, its jobs and one job, and lead to each other (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await using server = await WebServer.start(queue);
    const look = async (path: string, status = 200) => {
      const answer = await server.ask(path, { headers: browser });
      assertEquals(answer.status, status, answer.text);
      checkPage(answer);
      return answer;
    };
    assertMatch((await look("/")).text, /queuectl enqueue|no worker runs/i);

    assertStringIncludes((await look("/dead-letters")).text, "No job is dead");

    const attack = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    await queue.ok(
      "enqueue",
      "--id",
      "bad",
      "--max-retries",
      "1",
      "--label",
      `"><b>${attack}`,
      "--",
      "sh",
      "-c",
      `printf '\\033[31m${attack}'; exit 3`,
    );
    await queue.ok("enqueue", "--id", "later", "--delay", "1h", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("bad", "dead");

    const overview = await look("/");
    assertEquals(overview.headers.get("refresh"), "5");
    assertEquals((await look("/?live=no")).headers.get("refresh"), null);
    assertStringIncludes(overview.text, '<a href="/jobs?queue=default">default</a>');
    assertStringIncludes((await look("/dead-letters")).text, '<a href="/jobs/bad">bad</a>');

    const all = await look("/jobs");
    for (const id of ["bad", "later"]) assertStringIncludes(all.text, `<a href="/jobs/${id}">`);
    const dead = await look("/jobs?state=dead&queue=&label=&command_contains=&since=");
    assertMatch(dead.text, /<option value="dead"\s+selected>/);
    assert(dead.text.includes("/jobs/bad") && !dead.text.includes("/jobs/later"), dead.text);
    const first = await look("/jobs?limit=1");
    const next = /<a href="(\?[^"]+)" rel="next">/.exec(first.text)![1]!.replaceAll("&amp;", "&");
    assertStringIncludes((await look(`/jobs${next}`)).text, "/jobs/bad");
    await look("/jobs?state=none", 400);

    const job = await look("/jobs/bad");
    assertEquals(job.headers.get("refresh"), null);
    assertStringIncludes(job.text, "<pre>&lt;script&gt;alert(1)&lt;/script&gt;");
    assert(!job.text.includes("\x1b"), "colours are for terminals");
    assertStringIncludes(job.text, "Run 1: failed");
    const waiting = await look("/jobs/later");
    assertEquals(waiting.headers.get("refresh"), "5");
    assertMatch(waiting.text, /<p>It is not due yet[^<]*<\/p>\s*<pre>true<\/pre>/);
    assertStringIncludes((await look("/jobs/none", 404)).text, "there is no such job");
    await look("/jobs/%3Cscript%3E", 404);
    await look("/nothing", 404);
    assertEquals((await server.ask("/style.css")).headers.get("content-type"), "text/css; charset=utf-8");
    await queue.ok("worker", "stop");
  });
}
