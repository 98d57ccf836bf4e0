/** What a job is given on its standard input: by flags, in JSON, from files and pipes, and what is refused. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { type Finished, programs, TestQueue } from "../support/program.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
const large = new Uint8Array(1_000_001).map((_, index) => index * index);

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** `text` as `logs` prints it, byte for byte. */
async function outputOf(queue: TestQueue, id: string): Promise<Uint8Array> {
  return (await queue.spawn(["logs", id]).output()).stdout;
}

function assertRefused(result: Finished, code: number, ...words: string[]): void {
  assertEquals([result.code, result.stdout], [code, ""], result.stderr);
  assertMatch(result.stderr, /^queuectl: Cannot /);
  for (const word of words) assertStringIncludes(result.stderr, word);
}

for (const program of programs) {
  Deno.test(`a job reads a file, a pipe, a text, or nothing, byte for byte (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await Deno.writeFile(queue.path("bytes"), everyByte);
    await queue.ok("enqueue", "--id", "file", "--stdin", "bytes", "--", "cat");
    const piped = ["enqueue", "--id", "pipe", "--stdin", "-", "--", "sh", "-c", "cat; echo $1", "sh", "a b"];
    assertEquals((await queue.call(piped, { stdin: everyByte })).code, 0);
    await queue.ok("enqueue", JSON.stringify({ id: "text", command: "cat", stdin: "ünï\0\n" }));
    await queue.ok("enqueue", "--id", "none", "--", "cat; echo end");
    await queue.ok("enqueue", "--id", "ignored", "--stdin", "bytes", "--", "echo not read");
    const lines = [{ id: "l1", stdin: "one" }, { id: "l2", stdin: "" }, { id: "l3" }]
      .map((line) => JSON.stringify({ ...line, command: "wc -c" })).join("\n");
    assertEquals((await queue.call(["enqueue", "-"], { stdin: lines })).code, 0);
    // What it was when the job was accepted counts.
    await Deno.remove(queue.path("bytes"));
    await queue.ok("worker", "start");
    const last = await queue.ok("wait", "file", "pipe", "text", "none", "ignored", "l1", "l2", "l3");
    assertEquals(last, "");
    assertEquals(await outputOf(queue, "file"), everyByte);
    assertEquals(
      await outputOf(queue, "pipe"),
      new Uint8Array([...everyByte, ...new TextEncoder().encode("a b\n")]),
    );
    assertEquals(await outputOf(queue, "text"), new TextEncoder().encode("ünï\0\n"));
    assertEquals(await queue.ok("logs", "none"), "end\n");
    assertEquals(await queue.ok("logs", "ignored"), "not read\n");
    const counts = await Promise.all(["l1", "l2", "l3"].map((id) => queue.ok("logs", id)));
    assertEquals(counts.map((text) => text.trim()), ["3", "0", "0"]);
    const sizes = (await queue.json("list")).map((job) => job.stdin_bytes);
    assertEquals(sizes, [256, 256, 7, null, 256, 3, 0, null]);
    assertMatch(await queue.ok("show", "file"), /^ {2}stdin +256B$/m);
    assert(!/stdin/.test(await queue.ok("show", "none")));
    assertEquals(await filesIn(`${queue.home}/runs`), [], "files of runs are left");
    assertEquals(await filesIn(`${queue.home}/inputs`), []);
  });

  Deno.test(`over 1 MB it is a file of the home, which goes with its job (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await Deno.writeFile(queue.path("large"), large);
    await Deno.writeFile(queue.path("most"), large.subarray(1));
    await queue.ok("enqueue", "--id", "most", "--stdin", "most", "--", "cat");
    assertEquals(await filesIn(`${queue.home}/inputs`), []);
    await queue.ok(
      "enqueue",
      "--id",
      "file",
      "--max-retries",
      "2",
      "--backoff",
      "fixed",
      "--backoff-base",
      "0",
      "--stdin",
      "large",
      "--",
      "cat; exit $((2 - QUEUECTL_ATTEMPT))",
    );
    const piped = await queue.call(["enqueue", "--id", "pipe", "--stdin", "-", "--", "cat"], {
      stdin: large,
    });
    assertEquals(piped.code, 0, piped.stderr);
    const kept = await filesIn(`${queue.home}/inputs`);
    assertEquals(kept.length, 2);
    for (const name of kept) {
      const { mode } = await Deno.stat(`${queue.home}/inputs/${name}`);
      assertEquals(mode! & 0o777, 0o400);
    }
    // Refused together: neither the job nor a file of it stays.
    assertEquals((await queue.call(["enqueue", "--id", "pipe", "--stdin", "large", "--", "cat"])).code, 3);
    assertEquals((await filesIn(`${queue.home}/inputs`)).length, 2);
    await queue.ok("worker", "start");
    await queue.ok("wait", "most", "file", "pipe");
    for (const id of ["file", "pipe"]) assertEquals(await outputOf(queue, id), large, id);
    assertEquals(await outputOf(queue, "most"), large.subarray(1));
    const { runs, stdin_bytes } = await queue.job("file");
    assertEquals([runs.map((run) => run.stdout_bytes), stdin_bytes], [[1_000_001, 1_000_001], 1_000_001]);
    assertEquals((await filesIn(`${queue.home}/inputs`)).length, 2, "retry needs them");
    await queue.ok("retry", "pipe");
    await queue.waitForJob("pipe", "run again", (job) => job.runs.length === 2 && job.state === "completed");
    await queue.ok("remove", "file", "pipe");
    assertEquals(await filesIn(`${queue.home}/inputs`), []);
  });
}

Deno.test("an input that cannot be is refused, and nothing is accepted", async () => {
  await using queue = await TestQueue.create();
  await Deno.mkdir(queue.path("folder"));
  const line = '{"command":"true"}';
  const cases: [readonly string[], string | undefined, ...string[]][] = [
    [["enqueue", "--stdin", "nowhere", "--", "cat"], undefined, "nowhere: it is not there"],
    [["enqueue", "--stdin", "folder", "--", "cat"], undefined, "folder: it is a folder"],
    [["enqueue", "--stdin", "/proc/version", "--", "cat"], undefined, "it is no file that queuectl may open"],
    [["enqueue", "--stdin", "", "--", "cat"], undefined, "it is a folder"],
    [["enqueue", "--stdin"], undefined, "--stdin needs a value (FILE)"],
    [["enqueue", "--stdin", "a", "--stdin", "b", "--", "cat"], undefined, "--stdin is given twice"],
    [["enqueue", "--stdin", "-", "-"], line, "stdin holds the jobs", "See: queuectl enqueue --help"],
    [["enqueue", "--stdin", "-", "--file", "-"], line, "stdin holds the jobs"],
    [["enqueue", "--stdin", "folder", line], undefined, "put them into the JSON instead"],
    [["enqueue", "--stdin", "-"], line, "it was given no job"],
    [["enqueue", '{"command":"cat","stdin":7}'], undefined, '"stdin" must be text, not a number'],
    [
      ["enqueue", '{"command":"cat","input":"x"}'],
      undefined,
      'unknown field "input"',
      'Did you mean "stdin"?',
    ],
    [["enqueue", '{"command":"cat","stdin":"\\ud800"}'], undefined, "half a character"],
    [["enqueue", "--stdn", "x", "--", "cat"], undefined, 'Did you mean "--stdin"?'],
    [["edit", "j", "--stdin", "x"], undefined, "edit has no such flag"],
  ];
  for (const [args, stdin, ...words] of cases) {
    assertRefused(await queue.call(args, stdin === undefined ? {} : { stdin }), 2, ...words);
  }
  assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
});

Deno.test("a pipe that gives a byte at a time is read like any other", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const child = queue.spawn(["run", "--stdin", "-", "--", "wc", "-c"], { stdin: "" });
  const writer = child.stdin.getWriter();
  for (let i = 0; i < 300; i++) await writer.write(Uint8Array.of(i));
  await writer.close();
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout).trim()], [0, "300"]);
});

Deno.test("run hands on what is piped into it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  for (const name of ["-", "/dev/stdin"]) {
    const { code, stdout } = await queue.call(["run", "--stdin", name, "--", "sort"], { stdin: "b\na\n" });
    assertEquals([code, stdout], [0, "a\nb\n"]);
  }
});

Deno.test("an input whose file is gone fails its job, and says so", async () => {
  await using queue = await TestQueue.create();
  await queue.call(["enqueue", "--id", "j", "--max-retries", "1", "--stdin", "-", "--", "cat"], {
    stdin: large,
  });
  await Deno.remove(`${queue.home}/inputs`, { recursive: true });
  await queue.ok("worker", "start");
  const { last_error } = await queue.waitForState("j", "dead");
  assertMatch(last_error!, /^its standard input is gone from .*\/inputs\/[0-9a-z]{16}$/);
});

Deno.test("what a killed call has left is removed after a day, and what jobs read is not", async () => {
  await using queue = await TestQueue.create();
  await queue.call(["enqueue", "--id", "j", "--stdin", "-", "--", "cat"], { stdin: large });
  const [wanted] = await filesIn(`${queue.home}/inputs`);
  const age = async (name: string, hours: number) => {
    const at = new Date(Date.now() - hours * 3_600_000);
    await Deno.utime(`${queue.home}/inputs/${name}`, at, at);
  };
  for (const name of ["killed", "writing"]) await Deno.writeTextFile(`${queue.home}/inputs/${name}`, "x");
  await age(wanted!, 48);
  await age("killed", 25);
  await age("writing", 23);
  await queue.ok("worker", "start");
  assertEquals((await filesIn(`${queue.home}/inputs`)).toSorted(), [wanted!, "writing"].toSorted());
  assertStringIncludes(queue.log(), "removed 1 file(s) of standard input that belong to no job");
  assertEquals((await queue.waitForState("j", "completed")).runs[0]!.stdout_bytes, large.length);
});

Deno.test({
  name: "a store that several hosts share keeps 1 MB, refuses more, and is moved to without a file",
  ignore: findTestServer() === null,
  async fn() {
    await using queue = await TestQueue.create();
    const schema = newSchemaName();
    const server = findTestServer()!;
    const store = inSchema(server.url, schema);
    try {
      await queue.call(["enqueue", "--id", "small", "--stdin", "-", "--", "cat"], { stdin: everyByte });
      await queue.call(["enqueue", "--id", "large", "--stdin", "-", "--", "cat"], { stdin: large });
      for (const more of [["--dry-run"], []]) {
        assertEquals((await queue.call(["migrate", "--to", store, ...more])).code, 3);
      }
      const moving = await queue.call(["migrate", "--to", store]);
      assertRefused(moving, 3, "1 job(s) read a standard input of over 1 MB", "queuectl remove ID");
      await queue.ok("remove", "large");
      await queue.ok("migrate", "--to", store);
      await queue.ok("config", "set", "store", store);
      const refused = await queue.call(["enqueue", "--stdin", "-", "--", "cat"], { stdin: large });
      assertRefused(
        refused,
        3,
        "Cannot enqueue this job: its standard input is over 1 MB",
        "-- 'COMMAND <FILE'",
      );
      const lines = ["", "x".repeat(1_000_001)].map((stdin) => JSON.stringify({ command: "cat", stdin }));
      const batch = await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
      assertRefused(batch, 3, "Cannot enqueue line 2, so none of them");
      assertEquals((await queue.json("list")).length, 1);
      assertEquals(await filesIn(`${queue.home}/inputs`), []);
      const most = large.subarray(1);
      await queue.call(["enqueue", "--id", "most", "--stdin", "-", "--", "cat"], { stdin: most });
      await queue.ok("worker", "start");
      await queue.ok("wait", "small", "most");
      assertEquals(await outputOf(queue, "small"), everyByte);
      assertEquals((await queue.job("most")).runs[0]!.stdout_bytes, most.length);
      await queue.ok("worker", "stop", "--wait");
      await queue.ok("migrate", "--to", "sqlite");
      await queue.ok("config", "unset", "store");
      await queue.ok("retry", "most", "small");
      await queue.ok("worker", "start");
      await queue.ok("wait", "most", "small");
      assertEquals(await outputOf(queue, "most"), most);
      assertEquals(await outputOf(queue, "small"), everyByte);
    } finally {
      await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  },
});
