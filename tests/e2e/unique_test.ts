/** Unique jobs as users meet them, with real processes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { programs, TestQueue } from "../support/program.ts";

const together = 50;

async function enqueueTogether(queue: TestQueue, ...flags: string[]): Promise<Set<string>> {
  const calls = await Promise.all(
    Array.from(
      { length: together },
      () => queue.call(["enqueue", "--unique", "nightly", ...flags, "--", "true"]),
    ),
  );
  for (const { code, stderr } of calls) assertEquals(code, 0, stderr);
  assertEquals(calls.filter(({ stderr }) => stderr.includes("Kept ")).length, together - 1);
  return new Set(calls.map(({ stdout }) => stdout.trim()));
}

Deno.test(`${together} processes that enqueue one unique key at once leave one job`, async () => {
  await using queue = await TestQueue.create();
  const ids = await enqueueTogether(queue);
  assertEquals(ids.size, 1);
  assertEquals((await queue.json("list")).map(({ id }) => id), [...ids]);
});

Deno.test(`${together} processes that enqueue one unique key at once leave one job (PostgreSQL)`, async () => {
  const server = findTestServer();
  if (server === null) return console.error("!!! not tested: no PostgreSQL");
  const schema = newSchemaName();
  await using queue = await TestQueue.create(undefined, { QUEUECTL_STORE: inSchema(server.url, schema) });
  try {
    // So that all of them find the tables.
    await queue.ok("enqueue", "--id", "first", "--", "true");
    const ids = await enqueueTogether(queue, "--unique-for", "10m");
    assertEquals(ids.size, 1);
    assertEquals((await queue.json("list")).map(({ id }) => id), ["first", ...ids]);
  } finally {
    await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  }
});

for (const program of programs) {
  Deno.test(`what becomes of a second job of a key is said, and done (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const enqueue = (...args: string[]) => queue.call(["enqueue", "--unique", "k", ...args, "--", "true"]);
    assertEquals(
      await queue.ok("enqueue", "--id", "a", "--unique", "k", "--delay", "1h", "--", "true"),
      "a\n",
    );
    const kept = await enqueue();
    assertEquals([kept.code, kept.stdout], [0, "a\n"]);
    assertStringIncludes(kept.stderr, "Kept a, which is pending");
    const json = JSON.parse((await enqueue("--json")).stdout);
    assertEquals([json.id, json.state, json.conflict], ["a", "pending", "kept"]);
    const refused = await enqueue("--id", "b", "--on-conflict", "reject");
    assertEquals([refused.code, refused.stdout], [3, ""]);
    assertStringIncludes(refused.stderr, 'job "a", which is pending, has the unique key "k"');
    assertStringIncludes(refused.stderr, "queuectl show a");
    const replaced = JSON.parse((await enqueue("--id", "b", "--on-conflict", "replace", "--json")).stdout);
    assertEquals([replaced.id, replaced.conflict], ["b", "replaced"]);
    const { state, reason } = await queue.job("a");
    assertEquals([state, reason], ["cancelled", "replaced by b"]);
    const putOff = await enqueue("--on-conflict", "debounce", "--delay", "2h");
    assertEquals([putOff.code, putOff.stdout], [0, "b\n"]);
    assert(Date.parse((await queue.job("b")).run_at) > Date.now() + 7_000_000);
    const retried = await queue.call(["retry", "a"]);
    assertEquals(retried.code, 3);
    assertStringIncludes(retried.stderr, 'job "b" has its unique key "k"');

    const file = queue.path("jobs.jsonl");
    const line = (id: string, fields: object) => JSON.stringify({ id, command: "true", ...fields });
    await Deno.writeTextFile(
      file,
      [line("x", {}), "", line("y", { unique: "k", on_conflict: "reject" })].join("\n"),
    );
    const whole = await queue.call(["enqueue", "--file", file]);
    assertEquals(whole.code, 3);
    assertStringIncludes(whole.stderr, "Cannot enqueue line 3, so none of them");
    await Deno.writeTextFile(file, [line("x", {}), line("y", { unique: "k" })].join("\n"));
    const some = await queue.call(["enqueue", "--file", file]);
    assertEquals([some.code, some.stdout], [0, "x\nb\n"]);
    assertStringIncludes(some.stderr, "Accepted 1 job; 1 kept another one");
  });
}

Deno.test("who enqueues a job that is there already waits for that one", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const gate = queue.path("gate");
  const command = `while [ ! -e '${gate}' ]; do sleep 0.05; done; echo from the first; exit 7`;
  await queue.ok("enqueue", "--id", "a", "--max-retries", "1", "--unique", "k", "--", command);
  await queue.waitForState("a", "processing");
  for (const mode of ["replace", "debounce"]) {
    const refused = await queue.call(["enqueue", "--unique", "k", "--on-conflict", mode, "--", "true"]);
    assertEquals(refused.code, 3);
    assertStringIncludes(refused.stderr, 'job "a", which is processing, has the unique key');
  }
  const calls = [
    queue.call(["enqueue", "--unique", "k", "--wait", "--", "true"]),
    queue.call(["enqueue", "--unique", "k", "--follow", "--", "true"]),
    queue.call(["run", "--unique", "k", "--", "true"]),
  ];
  const waiters = `${queue.home}/wake/waiters`;
  await queue.waitFor("all of them to wait", async () => {
    const found = await Array.fromAsync(Deno.readDir(waiters)).catch(() => []);
    return found.length === calls.length;
  });
  await Deno.writeTextFile(gate, "");
  const [waited, followed, ran] = await Promise.all(calls);
  assertEquals([waited!.code, followed!.code, ran!.code], [7, 7, 7]);
  assertEquals(waited!.stdout, "a\n");
  assertEquals([followed!.stdout, ran!.stdout], ["from the first\n", "from the first\n"]);
  assertEquals((await queue.json("list")).length, 1);
  // It is over, so the key is free.
  assertEquals((await queue.call(["run", "--unique", "k", "--", "echo second"])).stdout, "second\n");
});

Deno.test("bad input about unique keys is refused before anything is opened", async () => {
  await using queue = await TestQueue.create();
  const cases: readonly (readonly [string[], string])[] = [
    [["--unique", ""], '"unique" cannot be ""'],
    [["--unique", "x".repeat(201)], "a key is 1 to 200 characters"],
    [["--unique", "a\nb"], '"unique" cannot be'],
    [["--unique-for", "1m"], 'it has "unique_for" without "unique"'],
    [["--on-conflict", "keep"], 'it has "on_conflict" without "unique"'],
    [["--unique", "k", "--unique-for", "0s"], '"unique_for" cannot be'],
    [["--unique", "k", "--unique-for", "soon"], '"unique_for" cannot be'],
    [["--unique", "k", "--on-conflict", "replac"], 'Did you mean "replace"?'],
  ];
  for (const [flags, found] of cases) {
    const { code, stdout, stderr } = await queue.call(["enqueue", ...flags, "--", "true"]);
    assertEquals([code, stdout], [2, ""], flags.join(" "));
    assertStringIncludes(stderr, found);
  }
});
