/** `top` on a real terminal: keys, what is drawn, and that the terminal is given back whatever happens. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { programs, quickest, TestQueue, waitFor } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";

const closing = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** The last frame, as its lines. */
function frameOf(terminal: Terminal): string[] {
  // deno-lint-ignore no-control-regex -- what controls the terminal is what is looked for
  return (terminal.shown.split("\x1b[H").at(-1) ?? "").replaceAll(/\x1b\[[?\d]*[A-Za-z]/g, "").split("\r\n");
}

/** Types, and waits for what comes then. */
async function press(terminal: Terminal, keys: string, awaited: string): Promise<void> {
  const from = terminal.shown.length;
  await terminal.type(keys);
  await terminal.waitFor(awaited, from);
}

for (const program of programs) {
  Deno.test(`top shows what runs, and its keys act on it (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("worker", "start");
    await queue.ok(
      "enqueue",
      "--id",
      "long",
      "--",
      `echo hello; echo oops >&2; ${waitingJob(queue, "long")}`,
    );
    await waitForRuns(queue, "long", 1);
    await queue.ok("enqueue", "--id", "bad", "--max-retries", "1", "--", "exit 3");
    await using terminal = Terminal.start(queue, ["top"]);
    await terminal.waitFor("> long");
    await press(terminal, "l", "hello");
    await terminal.waitFor("oops");
    await press(terminal, "q", "> long");
    await press(terminal, "p", "Queue default is paused.");
    assertEquals((await queue.json<{ state: string }>("queue", "show", "default")).state, "paused");
    await press(terminal, "\tp", "Queue default is open.");
    await press(terminal, "\tcn", "Not cancelled.");
    assertEquals((await queue.job("long")).state, "processing");
    await press(terminal, "cy", "long is being ended.");
    await queue.waitForState("long", "cancelled");
    await queue.waitForState("bad", "dead");
    await terminal.waitFor("> bad");
    await press(terminal, "/nothing\r", 'only "nothing"');
    assert(!frameOf(terminal).join().includes("> bad"));
    await press(terminal, "\x1b", "> bad");
    await press(terminal, "r", "bad is due now.");
    await queue.waitFor("bad runs again", async () => (await queue.job("bad")).runs.length === 2);
    await press(terminal, "?", "Any key goes back");
    await terminal.type("xq");
    assertEquals(await terminal.end(), 0);
    assert(terminal.shown.endsWith(closing), JSON.stringify(terminal.shown.slice(-80)));
    assert(await terminal.isRestored());
  });
}

Deno.test("top gives the terminal back on Ctrl-C, signals and errors", async () => {
  const ends: [string, (terminal: Terminal, queue: TestQueue) => Promise<unknown>, number][] = [
    ["Ctrl-C", (terminal) => terminal.type("\x03"), 130],
    ["SIGTERM", async (terminal) => Deno.kill(await terminal.pid(), "SIGTERM"), 143],
    ["SIGHUP", async (terminal) => Deno.kill(await terminal.pid(), "SIGHUP"), 129],
    ["SIGINT", async (terminal) => Deno.kill(await terminal.pid(), "SIGINT"), 130],
    ["an error", (_, queue) => Deno.remove(queue.home, { recursive: true }), 4],
  ];
  for (const [name, end, code] of ends) {
    await using queue = await TestQueue.create(quickest);
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
    await using terminal = Terminal.start(queue, ["top"]);
    await terminal.waitFor("QUEUE");
    await end(terminal, queue);
    assertEquals(await terminal.end(), code, name);
    assertStringIncludes(terminal.shown, closing, name);
    assert(await terminal.isRestored(), name);
  }
});

Deno.test("top ends where its terminal is taken away", async () => {
  await using queue = await TestQueue.create(quickest);
  await using terminal = Terminal.start(queue, ["top"]);
  await terminal.waitFor("No jobs yet");
  const pid = await terminal.pid();
  terminal.close();
  await waitFor("its end", () => {
    try {
      Deno.kill(pid, "SIGCONT");
      return false;
    } catch {
      return true;
    }
  });
});

Deno.test("top fills the terminal, also another size, without colours where NO_COLOR is set", async () => {
  await using queue = await TestQueue.create(quickest);
  await queue.ok("worker", "start", "--concurrency", "3");
  for (const id of ["a", "b"]) await queue.ok("enqueue", "--id", id, "--", waitingJob(queue, id));
  for (const id of ["a", "b"]) await waitForRuns(queue, id, 1);
  await using terminal = Terminal.start(queue, ["top"]);
  await terminal.waitFor("> a");
  assertEquals(frameOf(terminal).length, 24);
  // deno-lint-ignore no-control-regex -- colours are what is looked for
  assert(!/\x1b\[\d+m/.test(terminal.shown));
  await terminal.resize(12, 100);
  await waitFor("a frame of 12 lines", () => frameOf(terminal).length === 12);
  for (const line of frameOf(terminal)) assert(line.length <= 100, line);
  await press(terminal, "\x1b[B", "> b");
  await press(terminal, "\x1b", "QUEUE");
  await terminal.type("q");
  assertEquals(await terminal.end(), 0);
  for (const id of ["a", "b"]) await letEnd(queue, id);
});

Deno.test("top refuses without a terminal, and says what to use", async () => {
  await using queue = await TestQueue.create(quickest);
  const { code, stderr } = await queue.call(["top"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "status --watch");
});
