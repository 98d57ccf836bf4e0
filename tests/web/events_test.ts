/** Events: what changes in the queue, for one client and for many, quick ones and slow ones. */

import { assert, assertEquals } from "@std/assert";
import { EventReader, type ReceivedEvent } from "../support/event_reader.ts";
import { type Program, programs, TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

const ofJob = (id: string, state: string) => ({ event, data }: ReceivedEvent) =>
  event === "job" && data.id === id && data.state === state;

for (const program of programs) {
  Deno.test(`changes are told as they happen, and again to who comes back (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" });
    await using server = await WebServer.start(queue);
    const url = server.url("/api/v1/events");
    let lastId: string;
    {
      await using reader = await EventReader.open(url);
      assertEquals<unknown>((await reader.next())!.event, "hello");
      await queue.ok("enqueue", "--id", "a", "--", "true");
      lastId = (await reader.until(ofJob("a", "pending"))).id!;
      const { data } = await reader.until(({ event }) => event === "status");
      assertEquals<unknown>(data.pending, 1);
    }
    await queue.ok("worker", "start");
    await queue.waitForState("a", "completed");
    await queue.ok("enqueue", "--id", "b", "--", "true");
    await queue.waitForState("b", "completed");
    // While nobody listened, and over a restart of the server.
    const serve = async (read: (reader: EventReader) => Promise<void>) => {
      await using other = await WebServer.start(queue);
      await using reader = await EventReader.open(other.url("/api/v1/events"), { "last-event-id": lastId });
      await read(reader);
    };
    await serve(async (reader) => {
      const { data } = await reader.until(ofJob("a", "completed"));
      assertEquals<unknown>([data.attempts, data.runs, data.exit_code], [1, 1, 0]);
      await reader.until(ofJob("b", "completed"));
      await queue.ok("enqueue", "--id", "c", "--delay", "1h", "--", "true");
      await reader.until(ofJob("c", "pending"));
      await queue.ok("cancel", "c");
      await reader.until(ofJob("c", "cancelled"));
    });
    await queue.ok("worker", "stop");
  });
}

Deno.test("too many changes, and places that are none, are told as a reset", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--", "true");
  await using server = await WebServer.start(queue);
  const url = server.url("/api/v1/events");
  for (const [id, why] of [["x", "unknown"], ["99999999999999-0", "many"]] as const) {
    await using reader = await EventReader.open(url, { "last-event-id": id });
    assertEquals<unknown>((await reader.until(({ event }) => event === "reset")).data, { why });
  }
  await using reader = await EventReader.open(url);
  const hello = (await reader.next())!;
  const lines = Array.from({ length: 3000 }, () => '{"command":"true","delay":"1h"}').join("\n");
  await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals<unknown>((await reader.until(({ event }) => event === "reset")).data, { why: "many" });
  await using back = await EventReader.open(url, { "last-event-id": hello.id! });
  assertEquals<unknown>((await back.until(({ event }) => event === "reset")).data, { why: "many" });
});

Deno.test("200 clients at once hear of everything, by one look at the store", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "first", "--delay", "1h", "--", "true");
  await using server = await WebServer.start(queue);
  const url = server.url("/api/v1/events");
  const readers = await Promise.all(Array.from({ length: 200 }, () => EventReader.open(url)));
  try {
    await Promise.all(readers.map((reader) => reader.until(({ event }) => event === "hello")));
    const startedAt = performance.now();
    await queue.ok("enqueue", "--id", "x", "--delay", "1h", "--", "true");
    await Promise.all(readers.map((reader) => reader.until(ofJob("x", "pending"))));
    const ms = performance.now() - startedAt;
    console.error(`200 clients heard of a job ${Math.round(ms)} ms after its enqueue was called`);
    assertEquals<unknown>((await server.ask("/api/v1/status")).status, 200);
  } finally {
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  }
});

async function residentKb(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] }).output();
  return Number(new TextDecoder().decode(stdout).trim());
}

async function withSlowClients(program: Program, count: number): Promise<void> {
  await using queue = await TestQueue.create(program);
  await queue.ok("enqueue", "--id", "x0", "--delay", "1h", "--", "true");
  await using server = await WebServer.start(queue);
  const { hostname, port } = new URL(server.printed);
  const slow: Deno.TcpConn[] = [];
  await using quick = await EventReader.open(server.url("/api/v1/events"));
  try {
    for (let i = 0; i < count; i++) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      await connection.write(
        new TextEncoder().encode(`GET /api/v1/events HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`),
      );
      // They never read.
      slow.push(connection);
    }
    const before = await residentKb(server.pid);
    const rounds = 60;
    let early = before;
    for (let round = 0; round < rounds; round++) {
      // By then what may be kept for them is full.
      if (round === 20) early = await residentKb(server.pid);
      const json = Array.from({ length: 900 }, (_, i) => ({
        id: `${"n".repeat(90)}-${round}-${i}`,
        command: "true",
        delay: "1h",
      }));
      assertEquals<unknown>((await server.ask("/api/v1/jobs", { json })).status, 201);
      // The quick client hears of each round or of a reset, whatever the slow ones do.
      await quick.until(({ event, data }) =>
        event === "reset" || (event === "job" && data.id.endsWith(`-${round}-899`))
      );
    }
    const after = await residentKb(server.pid);
    const told = rounds * 900 * 300 * count / 1e6;
    const [a, b, c] = [before, early, after].map((kb) => Math.round(kb / 1024));
    console.error(
      `${count} clients that never read: about ${
        Math.round(told)
      } MB of events were for them; the server had ` +
        `${a} MB before, ${b} MB after a third of them, ${c} MB after all`,
    );
    assert(after - early < 100 * 1024, `it grew by ${after - early} KB`);
  } finally {
    for (const connection of slow) connection.close();
  }
}

Deno.test("clients that never read hold a bounded memory", async () => {
  await withSlowClients(programs.at(-1)!, 50);
});
