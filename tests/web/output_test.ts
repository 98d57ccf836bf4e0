/** What runs write, over HTTP: whole, in ranges, and live. */

import { assert, assertEquals } from "@std/assert";
import { wholeCharacters } from "../../src/web/events/output_stream.ts";
import { parseRange } from "../../src/web/byte_range.ts";
import { EventReader } from "../support/event_reader.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { programs, TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

for (const program of programs) {
  Deno.test(`output in ranges, also of a file that is long (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const command = "i=0; while [ $i -lt 40000 ]; do echo line-$i; i=$((i+1)); done";
    await queue.ok("enqueue", "--id", "j", "--", command);
    await queue.ok("enqueue", "--id", "e", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("j", "completed");
    await queue.waitForState("e", "completed");
    await queue.ok("worker", "stop");
    await using server = await WebServer.start(queue);
    const path = "/api/v1/jobs/j/runs/1/stdout";
    const whole = await server.ask(path);
    const expected = Array.from({ length: 40_000 }, (_, i) => `line-${i}\n`).join("");
    assertEquals<unknown>(whole.text === expected, true);
    const total = expected.length;
    assertEquals<unknown>(whole.headers.get("content-length"), String(total));
    const part = async (range: string) => {
      const { status, text, headers } = await server.ask(path, { headers: { range } });
      return [status, text, headers.get("content-range")];
    };
    assertEquals<unknown>(await part("bytes=0-5"), [206, "line-0", `bytes 0-5/${total}`]);
    assertEquals<unknown>(await part("bytes=7-12"), [206, "line-1", `bytes 7-12/${total}`]);
    assertEquals<unknown>(await part("bytes=-6"), [
      206,
      "39999\n",
      `bytes ${total - 6}-${total - 1}/${total}`,
    ]);
    assertEquals<unknown>(await part(`bytes=${total - 1}-`), [
      206,
      "\n",
      `bytes ${total - 1}-${total - 1}/${total}`,
    ]);
    assertEquals<unknown>((await part(`bytes=100-200000`))[1], expected.slice(100, 200_001));
    const unmet = await server.ask(path, { headers: { range: `bytes=${total}-` } });
    assertEquals<unknown>([unmet.status, unmet.headers.get("content-range")], [416, `bytes */${total}`]);
    for (const range of ["bytes=5-1", "lines=1-2", "bytes=a-b", "bytes=0-1,5-6", "bytes=-"]) {
      assertEquals<unknown>((await server.ask(path, { headers: { range } })).status, 200, range);
    }
    const head = await server.ask(path, { method: "HEAD" });
    assertEquals<unknown>([head.status, head.text], [200, ""]);
    assertEquals<unknown>((await server.ask("/api/v1/jobs/e/runs/1/stdout")).text, "");
    await using reader = await EventReader.open(server.url(`${path}?from=${total - 6}`));
    assertEquals<unknown>((await reader.all()).map(({ event, data }) => [event, data.text ?? data.outcome]), [
      ["output", "39999\n"],
      ["end", "completed"],
    ]);
  });

  Deno.test(`the end of output that is cut again and again can be read each time (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_OUTPUT_LIMIT: "300KB" });
    await queue.ok("enqueue", "--id", "j", "--", "while :; do seq 1 4000; done");
    await queue.ok("worker", "start");
    await using server = await WebServer.start(queue);
    const path = "/api/v1/jobs/j/runs/1/stdout";
    // An answer that is shorter than it says fails here.
    const readEnd = async () => {
      const { status, text, headers } = await server.ask(path, { headers: { range: "bytes=-250000" } });
      if (status !== 206) return 0;
      const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(headers.get("content-range")!)!;
      assertEquals<unknown>(Number(to) - Number(from) + 1, text.length);
      return 1;
    };
    let seen = 0;
    const deadline = Date.now() + 60_000;
    while (seen < 400 && Date.now() < deadline) {
      const read = await Promise.all(Array.from({ length: 20 }, readEnd));
      seen += read.reduce<number>((sum, each) => sum + each, 0);
    }
    assert(seen >= 400, String(seen));
  });

  Deno.test(`output comes as it is written, and goes on where it was left (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok(
      "enqueue",
      "--id",
      "j",
      "--",
      `printf 'é1\\n'; ${waitingJob(queue, "j")}; printf 'ü2\\n\\377'; exit 0`,
    );
    await queue.ok("worker", "start");
    await waitForRuns(queue, "j", 1);
    await using server = await WebServer.start(queue);
    const url = server.url("/api/v1/jobs/j/runs/1/stdout");
    let last: string | null;
    {
      await using reader = await EventReader.open(url);
      const first = (await reader.next())!;
      assertEquals<unknown>([first.event, first.data], ["output", { offset: 0, bytes: 4, text: "é1\n" }]);
      last = first.id;
      assertEquals<unknown>(last, "4");
    }
    await using reader = await EventReader.open(url, { "last-event-id": last! });
    await letEnd(queue, "j");
    const rest = await reader.all();
    assertEquals<unknown>(
      rest.filter(({ event }) => event === "output").map(({ data }) => data.text).join(""),
      "ü2\n\ufffd",
    );
    assertEquals<unknown>(rest.at(-1)!.data, { outcome: "completed", exit_code: 0 });
    assertEquals<unknown>(rest.at(-1)!.id, "9");
  });
}

Deno.test("a server that is told to stop does so, whoever still reads", async () => {
  await using queue = await TestQueue.create();
  const waiting = `echo begun; while [ ! -e ${queue.path("go")} ]; do sleep 0.05; done`;
  await queue.ok("enqueue", "--id", "j", "--", waiting);
  await queue.ok("worker", "start");
  await queue.waitForState("j", "processing");
  await using server = await WebServer.start(queue);
  await using reader = await EventReader.open(server.url("/api/v1/jobs/j/runs/1/stdout"));
  assertEquals<unknown>((await reader.next())!.event, "output");
  const { code, stderr } = await server.stop();
  assertEquals<unknown>(code, 0, stderr);
  assert(!stderr.includes("Uncaught"), stderr);
  await Deno.writeTextFile(queue.path("go"), "");
});

Deno.test("where only the end of a stream is left, that is said", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "head -c 100000 /dev/zero | tr '\\0' x; echo end");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
  await queue.ok("worker", "stop");
  for await (const { name } of Deno.readDir(`${queue.home}/runs`)) {
    if (name.endsWith(".out")) await Deno.remove(`${queue.home}/runs/${name}`);
  }
  await using server = await WebServer.start(queue, ["serve", "--listen", "127.0.0.1:0", "--read-only"]);
  const path = "/api/v1/jobs/j/runs/1/stdout";
  const rest = await server.ask(path);
  const missing = Number(rest.headers.get("queuectl-missing-bytes"));
  assertEquals<unknown>([rest.status, missing > 0, missing + rest.text.length], [200, true, 100_004]);
  assertEquals<unknown>((await server.ask(path, { headers: { range: "bytes=-4" } })).text, "end\n");
  assertEquals<unknown>((await server.ask(path, { headers: { range: "bytes=0-4" } })).status, 416);
  await using reader = await EventReader.open(server.url(path));
  const events = await reader.all();
  assertEquals<unknown>(events[0]!.data, { offset: 0, bytes: missing });
  assertEquals<unknown>(events.map(({ event }) => event).filter((name) => name !== "output"), [
    "skipped",
    "end",
  ]);
});

Deno.test("ranges", () => {
  assertEquals<unknown>(parseRange("bytes=0-", 5), { from: 0, to: 4 });
  assertEquals<unknown>(parseRange("bytes=1-99", 5), { from: 1, to: 4 });
  assertEquals<unknown>(parseRange("bytes=-99", 5), { from: 0, to: 4 });
  assertEquals<unknown>(parseRange("bytes=-0", 5), "unmet");
  assertEquals<unknown>(parseRange("bytes=-1", 0), null);
  assertEquals<unknown>(parseRange("bytes=0-", 0), "unmet");
  assertEquals<unknown>(parseRange(null, 5), null);
});

Deno.test("no character is torn, and what is none is kept", () => {
  const bytes = new TextEncoder().encode("a€😀");
  assertEquals<unknown>(
    [1, 2, 3, 4, 5, 6, 7, 8].map((length) => wholeCharacters(bytes.subarray(0, length))),
    [
      1,
      1,
      1,
      4,
      4,
      4,
      4,
      8,
    ],
  );
  assertEquals<unknown>(wholeCharacters(new Uint8Array([0x80, 0x80, 0x80, 0x80])), 4);
});
