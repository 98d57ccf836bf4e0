/** `queuectl migrate` as users call it, between the file and a real server, killed, repeated, refused and taken back. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { movedTables } from "../../src/store/move.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { contentRows } from "../support/busy_queue.ts";
import { openTestStore } from "../support/open_store.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { type Finished, type StatusShape, TestQueue } from "../support/program.ts";

const server = await findTestServer();

interface Stage {
  readonly queue: TestQueue;
  /** An empty place on the server. */
  readonly url: string;
}

function onServer(name: string, body: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name: `migrate: ${name}`,
    ignore: server === null,
    async fn() {
      await using queue = await TestQueue.create(undefined, { QUEUECTL_BACKOFF_BASE: "1000" });
      const schema = newSchemaName();
      try {
        await body({ queue, url: inSchema(server!.url, schema) });
      } finally {
        await runSql(server!.url, `DROP SCHEMA IF EXISTS "${schema}", "${schema}_other" CASCADE`);
      }
    },
  });
}

function assertRefused(result: Finished, code: number, ...words: string[]): void {
  assertEquals(result.code, code, result.stderr);
  assertEquals(result.stdout, "");
  assertMatch(result.stderr, /queuectl: Cannot /);
  assert(!/\n\s+at |Uncaught/.test(result.stderr), `a stack trace:\n${result.stderr}`);
  for (const word of words) assertStringIncludes(result.stderr, word);
}

/** All that a store holds. `at` is "sqlite", or a URL. */
async function contentAt(queue: TestQueue, at: string): Promise<unknown> {
  const store = at === "sqlite"
    ? await openTestStore(`${queue.home}/queue.sqlite`)
    : (await openPostgresStore({ url: at, access: "read" }))!;
  try {
    assertEquals(await store.check(), []);
    return await contentRows(store);
  } finally {
    await store.close();
  }
}

/** Jobs that have run, some with output that no text holds, and jobs that wait. */
async function workALittle(queue: TestQueue, ...where: string[]): Promise<void> {
  await queue.ok("enqueue", ...where, "--id", "good", "--", "printf 'a\\0\\377\\n'; printf 'ü' >&2");
  await queue.ok("enqueue", ...where, "--id", "bad", "--max-retries", "1", "--", "echo no luck >&2; exit 3");
  await queue.ok("enqueue", ...where, "--id", "retried", "--", "exit 4");
  await queue.ok("enqueue", ...where, "--id", "later", "--delay", "1h", "--env", "A=ü 'x'", "--", "true");
  await queue.ok("worker", "start", ...where);
  await queue.waitFor("the jobs to have run", async () => {
    const status = await queue.json<StatusShape>("status", ...where);
    return status.completed === 1 && status.dead === 1 && status.failed === 1;
  });
  await queue.ok("worker", "stop", "--wait", ...where);
}

async function bytesOf(queue: TestQueue, ...args: string[]): Promise<number[]> {
  const { stdout } = await queue.spawn(["logs", "good", "--stdout", ...args]).output();
  return [...stdout];
}

/** Puts so many waiting jobs into the file. */
async function enqueueMany(queue: TestQueue, count: number): Promise<void> {
  const lines = Array.from(
    { length: count },
    (_, index) => `{"id":"many${index}","command":"echo ${index}"}\n`,
  );
  const { code, stderr } = await queue.call(["enqueue", "-"], { stdin: lines.join("") });
  assertEquals(code, 0, stderr);
}

onServer(
  "there and back: all arrives, work goes on there, and the old store points to it",
  async ({ queue, url }) => {
    await workALittle(queue);
    const before = await contentAt(queue, "sqlite");
    const dry = await queue.json<{ jobs: { total: number }; refused: null }>(
      "migrate",
      "--to",
      url,
      "--dry-run",
    );
    assertEquals([dry.jobs.total, dry.refused], [4, null]);
    const gone = await queue.call(["status", "--store", url]);
    assertStringIncludes(gone.stdout, "Pending     : 0", "a rehearsal makes nothing");
    const moved = await queue.call(["migrate", "--to", url, "--json"]);
    assertEquals(moved.code, 0, moved.stderr);
    const shape = JSON.parse(moved.stdout);
    assertEquals([shape.to, shape.jobs.total, shape.jobs.dead, shape.runs, shape.outputs], [url, 4, 1, 3, 3]);
    assertMatch(shape.sha256, /^[0-9a-f]{64}$/);
    assertStringIncludes(moved.stderr, `config set store '${url}'`);
    assert(!moved.stderr.includes("\r"), "progress is for terminals");
    assertEquals(await contentAt(queue, url), before);

    for (
      const args of [["enqueue", "--", "true"], ["dlq", "retry", "bad"], ["dlq", "retry", "--all"], [
        "worker",
        "start",
      ]]
    ) assertRefused(await queue.call(args), 3, `its queue has moved to ${url}`, `config set store '${url}'`);
    assertRefused(await queue.call(["worker", "run"]), 3, "has moved to");
    const status = await queue.call(["status", "--json"]);
    assertEquals([status.code, JSON.parse(status.stdout).dead], [0, 1]);
    assertStringIncludes(status.stderr, `its queue has moved to ${url}`);
    assertEquals(await contentAt(queue, "sqlite"), before, "the old store keeps what it had");
    assertRefused(await queue.call(["migrate", "--abort"]), 3, "it is complete");
    assertEquals((await queue.call(["migrate", "--to", url])).code, 0, "once more changes nothing");

    await queue.ok("config", "set", "store", url);
    assertEquals(await bytesOf(queue), [97, 0, 255, 10]);
    await queue.ok("enqueue", "--id", "new", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("new", "completed");
    await queue.ok("worker", "stop", "--wait");
    const after = await contentAt(queue, url);
    await queue.ok("migrate", "--to", "sqlite");
    assertRefused(
      await queue.call(["enqueue", "--", "true"]),
      3,
      "has moved to",
      "config set store 'sqlite'",
    );
    await queue.ok("config", "unset", "store");
    assertEquals(await contentAt(queue, "sqlite"), after);
    assertEquals(await bytesOf(queue), [97, 0, 255, 10]);
    await queue.ok("enqueue", "--", "true");
  },
);

onServer("wrong words are refused before anything is opened", async ({ queue, url }) => {
  const cases: [string[], ...string[]][] = [
    [["migrate"], "it needs --to URL"],
    [["migrate", "--to"], "--to needs a value"],
    [["migrate", "--to", "mysql://x/y"], "that is no store"],
    [["migrate", "--to", "postgres://h/d?schema=UPPER"], "that is no store"],
    [["migrate", "--to", "sqlite"], "it is there already"],
    [["migrate", "--to", url, "--store", url], "it is there already"],
    [["migrate", "--to", url, "--dry-run", "--abort"], "exclude each other"],
    [["migrate", "--to", url, "more"], 'it takes no "more"'],
    [["migrate", "--too", url], 'Did you mean "--to"?'],
  ];
  for (const [args, ...words] of cases) assertRefused(await queue.call(args), 2, ...words);
  assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  assertRefused(await queue.call(["migrate", "--to", url]), 3, "there is no queue");
  assertRefused(await queue.call(["migrate", "--abort"]), 3, "there is no queue");
  await queue.ok("enqueue", "--", "true");
  assertRefused(await queue.call(["migrate", "--abort"]), 3, "none is under way");
  assertRefused(
    await queue.call(["migrate", "--to", "postgres://root@127.0.0.1:1/x"]),
    4,
    "the connection broke",
  );
  assertRefused(await queue.call(["migrate", "--to", url.replace(/\/\/[^@/]*@/, "//nobody-here@")]), 4);
  await queue.ok("enqueue", "--", "true");
});

onServer(
  "a queue that is worked on, and a target with jobs of its own, are refused",
  async ({ queue, url }) => {
    await queue.ok("worker", "start");
    for (const more of [[], ["--dry-run"]]) {
      assertRefused(
        await queue.call(["migrate", "--to", url, ...more]),
        3,
        "work on it",
        "worker stop --wait",
      );
    }
    await queue.ok("worker", "stop", "--wait");
    await queue.ok("enqueue", "--store", url, "--id", "own", "--", "true");
    for (const more of [[], ["--dry-run"]]) {
      assertRefused(
        await queue.call(["migrate", "--to", url, ...more]),
        3,
        "it has jobs or queues of its own",
      );
    }
    await queue.ok("enqueue", "--", "true");
    await queue.ok("enqueue", "--store", url, "--", "true");
  },
);

onServer("the password is kept nowhere", async ({ queue, url }) => {
  const secret = "pass-that-nobody-may-see";
  const withPassword = url.replace(/^(\w+:\/\/[^@:/]*)@/, `$1:${secret}@`);
  await queue.ok("enqueue", "--", "true");
  const moved = await queue.call(["migrate", "--to", withPassword, "--json"]);
  assertEquals(moved.code, 0, moved.stderr);
  const again = await queue.call(["migrate", "--to", withPassword]);
  const refused = await queue.call(["enqueue", "--", "true"]);
  const said = [moved, again, refused, await queue.call(["status"])].map((each) => each.stdout + each.stderr);
  assertEquals(said.filter((text) => text.includes(secret)), []);
  for (const { name } of Deno.readDirSync(queue.home)) {
    if (!name.startsWith("queue.sqlite")) continue;
    const bytes = new TextDecoder("latin1").decode(await Deno.readFile(`${queue.home}/${name}`));
    assert(!bytes.includes(secret), name);
  }
});

/** The marks of both stores: none, or a phase. Fails where both accept, except that an empty target is nobody's yet. */
async function phasesOf(queue: TestQueue, from: string, to: string): Promise<readonly (string | null)[]> {
  const phases = [];
  let jobsThere = 0;
  for (const at of [from, to]) {
    const store = at === "sqlite"
      ? await Deno.stat(`${queue.home}/queue.sqlite`).then(
        () => openTestStore(`${queue.home}/queue.sqlite`),
        () => null,
      )
      : await openPostgresStore({ url: at, access: "read" });
    phases.push((await store?.moveState())?.move?.phase ?? null);
    if (at === to) jobsThere = (await store?.jobs({ order: "oldest", limit: 1 }))?.length ?? 0;
    await store?.close();
  }
  assert(phases.some((phase) => phase !== null) || jobsThere === 0, "both stores accept");
  return phases;
}

/** Kills the call at a moment by chance; false where it ended before. */
async function killed(queue: TestQueue, args: readonly string[], afterMs: number): Promise<boolean> {
  const child = queue.spawn(args);
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, and its output is just being read.
    }
  }, afterMs);
  const { code, signal, stderr } = await child.output();
  clearTimeout(timer);
  if (signal === "SIGKILL") return true;
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return false;
}

/** How long a call takes that does next to nothing, in milliseconds. */
async function startUpMs(queue: TestQueue): Promise<number> {
  const started = performance.now();
  await queue.ok("status");
  return performance.now() - started;
}

/** A queue to move, and where it is when it goes into the file. */
async function prepare(queue: TestQueue, url: string, direction: string, count: number) {
  await workALittle(queue);
  await enqueueMany(queue, count);
  const [from, to] = direction === "into the file" ? [url, "sqlite"] : ["sqlite", url];
  if (direction === "into the file") {
    await queue.ok("migrate", "--to", url);
    await Deno.remove(`${queue.home}/queue.sqlite`);
  }
  return { from, to, before: await contentAt(queue, from) };
}

for (const direction of ["to the server", "into the file"] as const) {
  onServer(`killed again and again, it goes on where it was (${direction})`, async ({ queue, url }) => {
    const { from, to, before } = await prepare(queue, url, direction, 12_000);
    const call = ["migrate", "--store", from, "--to", to];
    const baseMs = 0.7 * await startUpMs(queue);
    const seen = new Set<string>();
    // A little later each time: the first ones before it has begun, and one at least in the middle.
    const delayMs = (kills: number) => baseMs + 40 * (kills + Math.random());
    for (let kills = 0; kills < 25 && await killed(queue, call, delayMs(kills)); kills++) {
      const [here, there] = await phasesOf(queue, from, to);
      seen.add(`${here} ${there}`);
      if (here === null) continue;
      // It was done, and only had to say so.
      if (here === "moved") break;
      assertRefused(await queue.call(["enqueue", "--store", from, "--", "true"]), 3, "its queue");
      assertRefused(
        await queue.call(["migrate", "--store", from, "--to", `${url}_other`]),
        3,
        "migrate --abort",
      );
      if (there !== null) {
        assertRefused(await queue.call(["worker", "start", "--store", to]), 3, "is being moved to it");
      }
    }
    await queue.ok(...call);
    assert(seen.has("copying filling"), [...seen].join());
    assertEquals(await contentAt(queue, to), before);
    assertRefused(await queue.call(["enqueue", "--store", from, "--", "true"]), 3, "has moved to");
    await queue.ok("enqueue", "--store", to, "--", "true");
  });

  onServer(`killed and given up, everything is as before (${direction})`, async ({ queue, url }) => {
    const { from, to, before } = await prepare(queue, url, direction, 12_000);
    const baseMs = await startUpMs(queue);
    let phases: readonly (string | null)[] = [];
    for (let tries = 0; phases[1] !== "filling"; tries++) {
      assert(tries < 20, "it was never killed in the middle");
      const delayMs = 0.7 * baseMs + 40 * (tries + Math.random());
      assert(await killed(queue, ["migrate", "--store", from, "--to", to], delayMs), "too late");
      phases = await phasesOf(queue, from, to);
    }
    for (let kills = 0; kills < 5; kills++) {
      const args = ["migrate", "--store", from, "--abort"];
      if (!await killed(queue, args, baseMs * (0.7 + Math.random() / 2))) break;
      await phasesOf(queue, from, to);
    }
    const { code, stderr } = await queue.call(["migrate", "--store", from, "--abort"]);
    assert(code === 0 || stderr.includes("none is under way"), stderr);
    assertEquals(await phasesOf(queue, from, to), [null, null]);
    assertEquals(await contentAt(queue, from), before);
    assertEquals(await contentAt(queue, to), Object.fromEntries(movedTables.map((table) => [table, []])));
    await queue.ok("enqueue", "--store", from, "--", "true");
  });
}

onServer("two calls at once move the queue once", async ({ queue, url }) => {
  const { before } = await prepare(queue, url, "to the server", 5000);
  const results = await Promise.all([1, 2, 3].map(() => queue.call(["migrate", "--to", url])));
  assertEquals(results.map(({ code }) => code), [0, 0, 0], results.map(({ stderr }) => stderr).join());
  assertEquals(await contentAt(queue, url), before);
  assertRefused(await queue.call(["enqueue", "--", "true"]), 3, "has moved to");
});

onServer("the copy on a server that is gone does not hold the queue", async ({ queue, url }) => {
  await queue.ok("enqueue", "--", "true");
  const store = await openTestStore(`${queue.home}/queue.sqlite`);
  const away = "postgres://root@127.0.0.1:1/gone";
  const copying = { id: "m", phase: "copying", other: away } as const;
  assert(await store.changeMove({ from: null, to: copying, lastSeq: 1 }));
  assertRefused(await queue.call(["migrate", "--to", url]), 3, "is being moved to", "migrate --abort");
  const given = await queue.call(["migrate", "--abort"]);
  assertEquals(given.code, 0, given.stderr);
  assertStringIncludes(given.stderr, "is left, and accepts nothing");
  await queue.ok("enqueue", "--", "true");
  // Once the copy may have opened, only the server can tell.
  assert(await store.changeMove({ from: null, to: copying, lastSeq: 1 }));
  assert(await store.changeMove({ from: copying, to: { ...copying, phase: "switching" }, lastSeq: 1 }));
  await store.close();
  assertRefused(await queue.call(["migrate", "--abort"]), 4, "the connection broke");
  assertRefused(await queue.call(["enqueue", "--", "true"]), 3, "is being moved to");
});

onServer("100,000 jobs go there and back", async ({ queue, url }) => {
  await enqueueMany(queue, 100_000);
  const before = await contentAt(queue, "sqlite");
  await queue.ok("migrate", "--to", url);
  assertEquals((await queue.json<StatusShape>("status", "--store", url)).pending, 100_000);
  await queue.ok("migrate", "--store", url, "--to", "sqlite");
  assertEquals(await contentAt(queue, "sqlite"), before);
});
