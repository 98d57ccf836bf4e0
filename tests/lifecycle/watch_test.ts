/** Watching on a real terminal: what is drawn, that it fits, and that the terminal is given back whatever happens. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { isAlive, programs, TestQueue, waitFor } from "../support/program.ts";
import { Lines } from "../support/lines.ts";
import { Terminal } from "../support/terminal.ts";

const opening = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const closing = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** The frames that were drawn, each as its lines. */
function framesOf(terminal: Terminal): string[][] {
  return terminal.shown.split("\x1b[H").slice(1).map((frame) =>
    // deno-lint-ignore no-control-regex -- what controls the terminal is what is looked for
    frame.replaceAll(/\x1b\[[?\d]*[A-Za-z]/g, "").split("\r\n")
  );
}

async function enqueueMany(queue: TestQueue, count: number): Promise<void> {
  const jobs = Array.from(
    { length: count },
    (_, index) => ({ id: `j${index}`, command: "true", delay: "1h" }),
  );
  const { code } = await queue.call(["enqueue", "-"], {
    stdin: jobs.map((job) => JSON.stringify(job)).join("\n"),
  });
  assertEquals(code, 0);
}

for (const program of programs) {
  Deno.test(`status --watch shows what changes, and Ctrl-C gives the terminal back (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await enqueueMany(queue, 2);
    await using terminal = Terminal.start(queue, ["status", "--watch"]);
    await terminal.waitFor("- Pending     : 2");
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
    await terminal.waitFor("- Pending     : 3");
    await terminal.type("\x03");
    assertEquals(await terminal.end(), 130);
    assert(terminal.shown.endsWith(closing), JSON.stringify(terminal.shown));
    assertEquals(terminal.shown.split(opening).length, 2, "it is opened once");
  });
}

Deno.test("a signal ends watching, and gives the terminal back", async () => {
  for (
    const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130], ["SIGTSTP", 148]] as const
  ) {
    await using queue = await TestQueue.create();
    await enqueueMany(queue, 1);
    await using terminal = Terminal.start(queue, ["list", "--watch=5s"]);
    await terminal.waitFor("j0");
    Deno.kill(await terminal.pid(), signal);
    assertEquals(await terminal.end(), code);
    assert(terminal.shown.endsWith(closing), JSON.stringify(terminal.shown));
  }
});

Deno.test("Ctrl-Z ends watching, too, and gives the terminal back", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 1);
  await using terminal = Terminal.start(queue, ["list", "--watch"]);
  await terminal.waitFor("j0");
  await terminal.type("\x1a");
  assertEquals(await terminal.end(), 148);
  assert(terminal.shown.endsWith(closing), JSON.stringify(terminal.shown));
});

Deno.test("an error ends watching, gives the terminal back, and is told there", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 1);
  await using terminal = Terminal.start(queue, ["status", "--watch"]);
  await terminal.waitFor("- Pending     : 1");
  await Deno.remove(queue.home, { recursive: true });
  assertEquals(await terminal.end(), 4);
  const [, after] = terminal.shown.split(closing);
  assertStringIncludes(after!, "queuectl: Cannot go on watching: the home was removed or replaced");
});

Deno.test("whoever watches on a terminal that goes away ends", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 1);
  await using terminal = Terminal.start(queue, ["status", "--watch"]);
  await terminal.waitFor("- Pending     : 1");
  const pid = await terminal.pid();
  assert(isAlive(pid));
  terminal.close();
  await waitFor("the program to end", () => !isAlive(pid));
});

Deno.test("what is watched fits the terminal, and follows its size", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 40);
  await queue.ok("enqueue", "--id", "wide", "--delay", "1h", "--", "echo " + "x".repeat(300));
  await using terminal = Terminal.start(queue, ["list", "--watch"], { rows: 20, columns: 70 });
  await terminal.waitFor("wide");
  const before = framesOf(terminal).at(-1)!;
  assertEquals([before.length, before[0]!.slice(0, 2), before.at(-2)!.slice(0, 4)], [20, "ID", "wide"]);
  assert(before.every((line) => line.length <= 70), before.join("\n"));
  assertEquals(before.at(-1), "23 more lines do not fit · Every 1s · Ctrl-C ends it");
  assert(before.some((line) => line.startsWith("j39 ")) && !before.some((line) => line.startsWith("j22 ")));
  const drawn = terminal.shown.length;
  await terminal.resize(8, 50);
  await terminal.waitFor("wide", drawn);
  await waitFor("the smaller frame to be whole", () => framesOf(terminal).at(-1)!.length === 8);
  const after = framesOf(terminal).at(-1)!;
  assertEquals([after[0]!.slice(0, 2), after.at(-2)!.slice(0, 4)], ["ID", "wide"]);
  assert(after.every((line) => line.length <= 50), after.join("\n"));
  const smaller = terminal.shown.length;
  await terminal.resize(60, 120);
  await terminal.waitFor("j0 ", smaller);
  await waitFor("the larger frame to be whole", () => framesOf(terminal).at(-1)!.length === 43);
  await terminal.type("\x03");
  assertEquals(await terminal.end(), 130);
});

Deno.test("a frame is drawn over the one before, and at most once a second", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 1);
  const startedAt = performance.now();
  await using terminal = Terminal.start(queue, ["status", "--watch"]);
  await terminal.waitFor("- Pending     : 1");
  for (let count = 2; performance.now() - startedAt < 3000; count++) {
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const frames = framesOf(terminal).length;
  assert(frames >= 3 && frames <= seconds + 1, `${frames} frames in ${seconds} s`);
  // Nothing is made blank before it is written to.
  assertEquals(terminal.shown.includes("\x1b[2J"), false);
});

Deno.test("status --watch shows what runs, and how far it says that it is", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "held", "--", waitingJob(queue, "held"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "held", 1);
  await using terminal = Terminal.start(queue, ["status", "--watch"], { columns: 160 });
  await terminal.waitFor("RUNNING");
  assertEquals(terminal.shown.includes("PROGRESS"), false);
  {
    using database = new DatabaseSync(`${queue.home}/queue.sqlite`, { timeout: 10_000 });
    database.exec("UPDATE runs SET progress_percent = 42, progress_text = 'frame 7 of 16'");
  }
  await terminal.waitFor("████······  42% frame 7 of 16");
  const frame = framesOf(terminal).at(-1)!;
  assert(frame.some((line) => /^held +1 +\d+m?s /.test(line)), frame.join("\n"));
  await letEnd(queue, "held");
  await terminal.waitFor("- Completed   : 1");
});

Deno.test("a queue that is made later is seen, too", async () => {
  await using queue = await TestQueue.create();
  await using terminal = Terminal.start(queue, ["list", "--watch"]);
  await terminal.waitFor("No jobs.");
  await enqueueMany(queue, 1);
  await terminal.waitFor("j0");
});

Deno.test("watching in a pipe: refused, but for JSON, of which each line is another document", async () => {
  await using queue = await TestQueue.create();
  await enqueueMany(queue, 2);
  for (const command of ["list", "status"]) {
    const { code, stdout, stderr } = await queue.call([command, "--watch"]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "Cannot watch in a pipe: there is no terminal to draw on");
    assertStringIncludes(stderr, `queuectl ${command} --watch --json`);
  }
  const lists = new Lines(queue.spawn(["list", "--json", "--watch", "--limit", "2"]));
  const counts = new Lines(queue.spawn(["status", "--watch=1s", "--json"]));
  const idsIn = (line: string) => (JSON.parse(line) as { id: string }[]).map(({ id }) => id);
  assertEquals(idsIn(await lists.next()), ["j0", "j1"]);
  assertEquals(JSON.parse(await counts.next()).pending, 2);
  await queue.ok("enqueue", "--id", "new", "--delay", "1h", "--", "true");
  assertEquals(idsIn(await lists.next()), ["j1", "new"]);
  assertEquals(JSON.parse(await counts.next()).pending, 3);
  // Whoever watches keeps its locks, or the last writer would take the log away under it.
  await Deno.stat(`${queue.home}/queue.sqlite-wal`);
  await queue.ok("cancel", "new");
  const last = JSON.parse(await counts.next());
  assertEquals([last.pending, last.cancelled], [2, 1]);
  assertEquals([await lists.end("SIGTERM"), await counts.end("SIGINT")], [143, 130]);
});
