/** The server on a store of several hosts. */

import { assertEquals } from "@std/assert";
import { EventReader } from "../support/event_reader.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { quickest, TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

const server = findTestServer();

Deno.test("on PostgreSQL jobs are accepted, run and told of, also by a server that only shows", {
  ignore: server === null,
}, async () => {
  const schema = newSchemaName();
  const url = server!.url;
  try {
    await using queue = await TestQueue.create(quickest, { QUEUECTL_STORE: inSchema(url, schema) });
    await using web = await WebServer.start(queue);
    await web.json("/api/v1/jobs", { json: { id: "a", command: "echo hi" }, status: 201 });
    await using readOnly = await WebServer.start(queue, ["serve", "--listen", "127.0.0.1:0", "--read-only"]);
    await using reader = await EventReader.open(readOnly.url("/api/v1/events"));
    await reader.until(({ event }) => event === "hello");
    const headers = { "idempotency-key": "k" };
    const send = () =>
      web.ask("/api/v1/jobs", { json: { id: "b", command: "exit 3", max_retries: 1 }, headers });
    const answers = await Promise.all([send(), send(), send()]);
    assertEquals<unknown>(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
    await queue.ok("worker", "start");
    const ends = new Set(["a completed", "b dead"]);
    while (ends.size > 0) {
      const { data } = await reader.until(({ event }) => event === "job");
      ends.delete(`${data.id} ${data.state}`);
    }
    assertEquals<unknown>((await readOnly.ask("/api/v1/jobs/a/runs/1/stdout")).text, "hi\n");
    assertEquals<unknown>((await readOnly.json("/api/v1/dead-letters/groups"))[0]!.example, "b");
    assertEquals<unknown>((await readOnly.ask("/api/v1/jobs/a/retry", { method: "POST" })).status, 403);
    assertEquals<unknown>((await web.json("/api/v1/workers")).length, 1);
    await queue.ok("worker", "stop", "--wait");
  } finally {
    await runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
});
