/** Lists, watching and cancelling by filters, on a server and from two homes. */

import { assertEquals } from "@std/assert";
import { Lines } from "../support/lines.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { quickest, TestQueue } from "../support/program.ts";

const server = findTestServer();

Deno.test({
  name: "postgres: what one home enqueues, another one lists, watches and cancels by filters",
  ignore: server === null,
  async fn() {
    const schema = newSchemaName();
    const env = { QUEUECTL_STORE: inSchema(server!.url, schema) };
    await using here = await TestQueue.create(quickest, env);
    await using there = await TestQueue.create(quickest, env);
    try {
      await here.ok("enqueue", "--id", "a", "--delay", "1h", "--", "encode 100%");
      const counts = new Lines(there.spawn(["status", "--watch", "--json"]));
      assertEquals(JSON.parse(await counts.next()).pending, 1);
      await here.ok("enqueue", "--id", "b", "--delay", "1h", "--", "ENCODE 100");
      assertEquals(JSON.parse(await counts.next()).pending, 2);
      const ids = async (...args: string[]) => (await there.json("list", ...args)).map(({ id }) => id);
      assertEquals(await ids("--command-contains", "encode"), ["a", "b"]);
      assertEquals(await ids("--command-contains", "100%"), ["a"]);
      assertEquals(await ids("--since", "1h", "--sort", "-created", "--limit", "1"), ["b"]);
      assertEquals(await ids("--sort", "-created", "--after", "b"), ["a"]);
      const cancelled = await there.json<unknown>("cancel", "--command-contains", "100%", "--yes");
      assertEquals(cancelled, { cancelled: 1, ending: 0 });
      const last = JSON.parse(await counts.next());
      assertEquals([last.pending, last.cancelled], [1, 1]);
      assertEquals(await counts.end("SIGINT"), 130);
    } finally {
      await runSql(server!.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  },
});
