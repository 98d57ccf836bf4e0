/** The server and its store: requests that come twice, a store that is not there yet, and one that is gone. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

Deno.test("a request that comes twice under one key is carried out once, also after the server was started anew", async () => {
  await using queue = await TestQueue.create();
  const headers = { "idempotency-key": "k-1" };
  let first: string;
  {
    await using server = await WebServer.start(queue);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.ask("/api/v1/jobs", { json: { command: "true" }, headers })),
    );
    assertEquals<unknown>(
      new Set(answers.map(({ status, text }) => `${status} ${text}`)).size,
      1,
      JSON.stringify(answers),
    );
    assertEquals<unknown>(answers[0]!.status, 201);
    first = answers[0]!.text;
  }
  await using server = await WebServer.start(queue);
  assertEquals<unknown>(
    (await server.ask("/api/v1/jobs", { json: { command: "true" }, headers })).text,
    first,
  );
  assertEquals<unknown>((await queue.json("list")).length, 1);
  const other = await server.ask("/api/v1/jobs", { json: { command: "false" }, headers });
  assertEquals<unknown>(other.status, 422);
  assertStringIncludes(other.text, "it came with another request");
  const empty = await server.ask("/api/v1/jobs", {
    json: { command: "true" },
    headers: { "idempotency-key": "a b" },
  });
  assertEquals<unknown>(empty.status, 400);
  // What was refused is no answer to keep.
  const fixed = { "idempotency-key": "k-2" };
  assertEquals<unknown>(
    (await server.ask("/api/v1/jobs", { json: { cmd: "x" }, headers: fixed })).status,
    422,
  );
  assertEquals<unknown>(
    (await server.ask("/api/v1/jobs", { json: { command: "x" }, headers: fixed })).status,
    201,
  );
});

Deno.test("without a store there is nothing to show, and the first job makes it", async () => {
  await using queue = await TestQueue.create();
  await using readOnly = await WebServer.start(queue, ["serve", "--listen", "127.0.0.1:0", "--read-only"]);
  assertEquals<unknown>(await readOnly.json("/api/v1/jobs?count=true"), { jobs: [], next: null, total: 0 });
  assertEquals<unknown>((await readOnly.json("/api/v1/status")).total, 0);
  assertEquals<unknown>(await readOnly.json("/api/v1/queues"), []);
  assertEquals<unknown>(await readOnly.json("/api/v1/workers"), []);
  assertEquals<unknown>((await readOnly.ask("/api/v1/jobs/a")).status, 404);
  assertEquals<unknown>((await readOnly.ask("/api/v1/queues/a")).status, 404);
  assertEquals<unknown>((await readOnly.ask("/api/v1/jobs/a/runs/1/stdout")).status, 404);
  await queue.ok("enqueue", "--id", "a", "--", "true");
  assertEquals<unknown>((await readOnly.json("/api/v1/status")).total, 1);
});

Deno.test("a store that does not serve is a problem of status 503, and serves again once it does", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--", "true");
  await using server = await WebServer.start(queue);
  const path = `${queue.home}/queue.sqlite`;
  assertEquals<unknown>((await server.ask("/api/v1/status")).status, 200);
  await Deno.rename(queue.home, `${queue.home}-away`);
  const gone = await server.ask("/api/v1/jobs");
  assertEquals<unknown>(gone.status, 503, gone.text);
  assert(!gone.text.includes(path) || gone.text.includes("detail"));
  assertEquals<unknown>(gone.headers.get("retry-after"), "1");
  await Deno.rename(`${queue.home}-away`, queue.home);
  assertEquals<unknown>((await server.ask("/api/v1/status")).status, 200);
});
