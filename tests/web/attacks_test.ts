/** What a page of a stranger, a broken client or an attacker would try, against the running program. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkProblem } from "../support/api_answers.ts";
import { programs, TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

function statusOf(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1]);
}

for (const program of programs) {
  Deno.test(`requests for other hosts and from other origins are refused (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await using server = await WebServer.start(queue);
    const { host } = server;
    const get = (hostLine: string, more = "", path = "/api/v1/jobs") =>
      server.raw(`GET ${path} HTTP/1.1\r\n${hostLine}${more}Connection: close\r\n\r\n`);

    assertEquals(statusOf(await get(`Host: ${host}\r\n`)), 200);
    assertEquals(statusOf(await get("Host: localhost:1234\r\n")), 200);
    assertEquals(statusOf(await get("Host: [::1]:7420\r\n")), 200);
    for (
      const other of [
        "evil.example",
        `evil.example:${host.split(":")[1]}`,
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "",
        "localhost:1:2",
      ]
    ) {
      const answer = await get(`Host: ${other}\r\n`);
      assert([400, 421].includes(statusOf(answer)), `${other}: ${answer}`);
      assert(!answer.includes('"jobs"'), answer);
    }
    assert([400, 421].includes(statusOf(await get(""))));
    // The name in the request line is not one to hide behind.
    const absolute = await server.raw(
      `GET http://evil.example/api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    assertEquals(statusOf(absolute), 421);

    const post = (headers: Record<string, string>) =>
      server.ask("/api/v1/jobs/a/cancel", { method: "POST", headers });
    const foreign: Record<string, string>[] = [
      { origin: "http://evil.example" },
      { origin: `https://evil.example:${host.split(":")[1]}` },
      { origin: "null" },
      { origin: `http://localhost:1` },
      { origin: `file://${host}` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    ];
    for (const headers of foreign) {
      const answer = await post(headers);
      assertEquals(answer.status, 403, JSON.stringify(headers));
      checkProblem(answer);
      assertEquals(answer.headers.get("access-control-allow-origin"), null);
    }
    assertEquals(
      (await server.ask("/api/v1/jobs", { headers: { "sec-fetch-site": "cross-site" } })).status,
      403,
    );
    const link = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    assertEquals((await server.ask("/login", { headers: link })).status, 303);
    assertEquals((await queue.job("a")).state, "pending");
    const preflight = await server.ask("/api/v1/jobs", {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
    });
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-origin")], [403, null]);
    assertEquals((await post({ origin: `http://${host}`, "sec-fetch-site": "same-origin" })).status, 200);
  });

  Deno.test(`bodies that are no JSON, or too long, change nothing (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_REQUEST_LIMIT: "10KB" });
    await using server = await WebServer.start(queue);
    const send = async (body: BodyInit, headers: Record<string, string>) => {
      const response = await fetch(server.url("/api/v1/jobs"), { method: "POST", body, headers });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      checkProblem(answer);
      return answer.status;
    };
    const job = '{"command":"true"}';
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-16",
      "application/jsonp",
    ];
    for (const type of types) assertEquals(await send(job, { "content-type": type }), 415, type);
    const json = { "content-type": "application/json" };
    for (
      const bad of [
        "",
        "{",
        "nul",
        '{"command":"true"}{"command":"true"}',
        new Uint8Array([0x22, 0xff, 0x22]),
      ]
    ) {
      assertEquals(await send(bad, json), 400);
    }
    const long = JSON.stringify({ command: "x".repeat(20_000) });
    assertEquals(await send(long, json), 413);
    const chunked = await server.raw(
      `POST /api/v1/jobs HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n${`fa0\r\n${" ".repeat(4000)}\r\n`.repeat(4)}`,
    );
    assertEquals(statusOf(chunked), 413);
    const lying = await server.raw(
      `POST /api/v1/jobs HTTP/1.1\r\nHost: ${server.host}\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n`,
    );
    assertEquals(statusOf(lying), 413);
    const deep = "[".repeat(5000) + "]".repeat(5000);
    assertEquals(await send(deep, json), 422);
    assertEquals(await send('{"command":"true","__proto__":{"id":"p"},"constructor":1}', json), 422);
    assertEquals(await queue.json("list"), []);
  });

  Deno.test(`paths and methods lead nowhere else (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await Deno.writeTextFile(queue.path("home/secret"), "TOP-SECRET");
    await using server = await WebServer.start(queue);
    const paths = [
      "/../../etc/passwd",
      "/assets/../../../../etc/passwd",
      "/assets/..%2f..%2f..%2fetc/passwd",
      "/assets/%2e%2e/%2e%2e/etc/passwd",
      "//etc/passwd",
      "/assets/..\\..\\secret",
      "/%00",
      "/%ff%fe",
      "/config.json",
      "/secret",
      "/.queuectl/secret",
      "/api/v1/jobs/..%2f..%2fstatus",
      "/api/v1/jobs/a/runs/1/../../../../../secret",
      "/api/v1/jobs/a/runs/1%2f..%2f..%2fsecret/stdout",
      "/api/v1//jobs",
      "/API/V1/jobs",
      "/api/v1/jobs/",
      "/api/v1/%6aobs%2f",
    ];
    for (const path of paths) {
      const answer = await server.raw(
        `GET ${path} HTTP/1.1\r\nHost: ${server.host}\r\nConnection: close\r\n\r\n`,
      );
      assert([400, 404].includes(statusOf(answer)), `${path}: ${answer}`);
      assert(!/root:|TOP-SECRET/.test(answer), answer);
    }
    const put = await server.ask("/api/v1/jobs/a", { method: "PUT" });
    assertEquals([put.status, put.headers.get("allow")], [405, "GET, PATCH, DELETE"]);
    assertEquals((await server.ask("/api/v1/jobs/a", { method: "POST" })).status, 405);
    assertEquals((await server.ask("/api/v1/status", { method: "DELETE" })).status, 405);
    for (const header of ["x-http-method-override", "x-http-method", "x-method-override"]) {
      assertEquals((await server.ask("/api/v1/jobs/a", { headers: { [header]: "DELETE" } })).status, 200);
    }
    assertEquals((await server.ask("/api/v1/jobs/a?_method=DELETE")).status, 400);
    assertEquals((await queue.job("a")).state, "pending");
    const trace = await server.raw(
      `TRACE / HTTP/1.1\r\nHost: ${server.host}\r\nX-Mine: 1\r\nConnection: close\r\n\r\n`,
    );
    assert(!trace.includes("X-Mine"), trace);
  });

  Deno.test(`what a job writes is text, and what it is called ends no header (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const html = "<script>alert(1)</script><img src=x onerror=alert(2)>\\r\\n\\r\\nHTTP/1.1 200 OK";
    await queue.ok(
      "enqueue",
      "--id",
      "x",
      "--label",
      "<script>",
      "--meta",
      "a=\r\nSet-Cookie: x=1",
      "--",
      `printf '${html}'`,
    );
    await queue.ok("worker", "start");
    await queue.waitForState("x", "completed");
    await queue.ok("worker", "stop");
    await using server = await WebServer.start(queue);
    const output = await server.ask("/api/v1/jobs/x/runs/1/stdout", { headers: { accept: "text/html" } });
    assertStringIncludes(output.text, "<script>alert(1)");
    const isData = ({ headers }: { readonly headers: Headers }, type: string) => {
      assertEquals(headers.get("content-type"), type);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(
        headers.get("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox",
      );
      assertStringIncludes(headers.get("cache-control")!, "no-store");
      assertEquals(headers.get("set-cookie"), null);
      assertEquals(headers.get("x-frame-options"), "DENY");
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    };
    isData(output, "text/plain; charset=utf-8");
    isData(await server.ask("/api/v1/jobs/x"), "application/json");
    isData(await server.ask("/api/v1/jobs?label=%3Cscript%3E"), "application/json");
    isData(await server.ask("/api/v1/jobs/%3Cscript%3E"), "application/problem+json");
    isData(await server.ask("/api/v1/jobs/a%0d%0aSet-Cookie:%20x=1"), "application/problem+json");
    isData(await server.ask("/api/v1/jobs?%0d%0aSet-Cookie:%20x=1=1"), "application/problem+json");
    isData(await server.ask("/api/v1/queues/%0d%0aSet-Cookie:%20x=1"), "application/problem+json");
    await using closed = await WebServer.start(queue, ["ui", "--no-open"]);
    const login = await closed.ask("/login?code=%3Cscript%3Ealert(1)%3C/script%3E");
    assert(!login.text.includes("<script"), login.text);
    assertStringIncludes(login.headers.get("content-security-policy")!, "script-src 'self'");
    assert(!login.headers.get("content-security-policy")!.includes("unsafe"));
  });
}

Deno.test("a name that is given with --host is heard, and no other", async () => {
  await using queue = await TestQueue.create();
  await using server = await WebServer.start(queue, [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--host",
    "Queue.Example",
  ]);
  const get = (host: string, more = "") =>
    server.raw(`GET /api/v1/status HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`);
  assertEquals(statusOf(await get("queue.example")), 200);
  assertEquals(statusOf(await get("queue.example", "Origin: https://queue.example\r\n")), 200);
  assertEquals(statusOf(await get("queue.example", "Origin: https://other.example\r\n")), 403);
  assertEquals(statusOf(await get("other.example")), 421);
  assertEquals(statusOf(await get("other.example", "X-Forwarded-Host: queue.example\r\n")), 421);
});
