/** What a job wrote, and what it was given. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TestQueue } from "../support/program.ts";

Deno.test("logs: by run and by stream", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_BACKOFF_BASE: "0" });
  const command = `echo out$QUEUECTL_ATTEMPT; echo err$QUEUECTL_ATTEMPT >&2; exit 1`;
  await queue.ok("enqueue", "--id", "j", "--max-retries", "2", "--", command);
  assertStringIncludes((await queue.call(["logs", "j"])).stderr, "has not run yet; it is pending");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "dead");
  assertEquals(await queue.ok("logs", "j"), "out2\nerr2\n");
  assertEquals(await queue.ok("logs", "j", "--run", "1", "--stdout"), "out1\n");
  assertEquals(await queue.ok("logs", "j", "--stderr"), "err2\n");
  const both = { id: "j", run: 2, stdout: "out2\n", stderr: "err2\n" };
  assertEquals(JSON.parse(await queue.ok("logs", "j", "--json")), both);
});

Deno.test("logs --follow waits for the first run, and ends with it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "echo out; echo err >&2; exit 1");
  const following = queue.spawn(["logs", "j", "--follow", "--stdout"]);
  await queue.ok("worker", "start");
  const followed = await following.output();
  assertEquals([followed.code, new TextDecoder().decode(followed.stdout)], [0, "out\n"]);
  assertEquals(new TextDecoder().decode(followed.stderr), "── run 1 ended: failed\n");
});

Deno.test("output of a running job is seen while it is written", async () => {
  await using queue = await TestQueue.create();
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `echo first; while [ ! -e ${queue.path("go")} ]; do sleep 0.05; done; echo last`,
  );
  await queue.ok("worker", "start");
  await queue.waitFor("the first line", async () => (await queue.ok("logs", "j")) === "first\n");
  assertEquals((await queue.job("j")).runs[0]!.stdout_tail, "first\n");
  const following = queue.spawn(["logs", "j", "--follow"]);
  await Deno.writeTextFile(queue.path("go"), "");
  assertEquals(new TextDecoder().decode((await following.output()).stdout), "first\nlast\n");
});

Deno.test("output over 64 KB is kept whole in its files, below that in the store alone", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "big", "--", "seq 1 20000");
  await queue.ok("enqueue", "--id", "small", "--", "seq 1 10");
  await queue.ok("worker", "start");
  await queue.waitForState("big", "completed");
  await queue.waitForState("small", "completed");
  const all = Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join("");
  assertEquals(await queue.ok("logs", "big"), all);
  await queue.waitFor(
    "the files of one run to be left",
    () =>
      Promise.resolve(
        [...Deno.readDirSync(`${queue.home}/runs`)].every(({ name }) => name.startsWith("1-1-")),
      ),
  );
  await Deno.remove(`${queue.home}/runs`, { recursive: true });
  const rest = await queue.call(["logs", "big"]);
  assertEquals(rest.stdout, all.slice(-65536));
  assertStringIncludes(rest.stderr, `The first ${all.length - 65536} bytes of stdout are not here any more`);
});

Deno.test("a job runs where it was enqueued, in the worker's environment without ours and the store's", async () => {
  await using queue = await TestQueue.create(undefined, {
    PGPASSWORD: "secret",
    MINE: "1",
    QUEUECTL_POLL_INTERVAL: "1s",
  });
  await Deno.mkdir(queue.path("here"));
  await queue.call(["enqueue", "--id", "j", "--env", "GIVEN=a b", "--", "pwd; env | sort"], {
    cwd: queue.path("here"),
  });
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
  const [cwd, ...lines] = (await queue.ok("logs", "j")).trimEnd().split("\n");
  assertEquals(cwd, await Deno.realPath(queue.path("here")));
  const env = new Map(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  assertEquals([env.get("MINE"), env.get("GIVEN"), env.get("PGPASSWORD")], ["1", "a b", undefined]);
  const ours = [...env.keys()].filter((name) => name.startsWith("QUEUECTL_")).toSorted();
  assertEquals(ours, [
    "QUEUECTL_ATTEMPT",
    "QUEUECTL_HOME",
    "QUEUECTL_JOB_ID",
    "QUEUECTL_QUEUE",
    "QUEUECTL_RUN",
  ]);
  assertEquals([env.get("QUEUECTL_JOB_ID"), env.get("QUEUECTL_HOME")], ["j", queue.home]);
});

Deno.test("a worker that a job starts is no part of that job", async () => {
  await using queue = await TestQueue.create();
  const other = queue.path("other");
  const program = [queue.program.command, ...queue.program.args].map((word) => `'${word}'`).join(" ");
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `QUEUECTL_HOME=${other} QUEUECTL_DENO_FLAGS='${
      Deno.env.get("QUEUECTL_DENO_FLAGS")
    }' ${program} worker start; sleep 100`,
  );
  await queue.ok("worker", "start");
  await queue.waitFor(
    "the other worker",
    async () => await Deno.readTextFile(`${other}/workers.pid`).then((text) => text !== "", () => false),
  );
  await queue.ok("worker", "stop", "--force", "--wait");
  const { stdout } = await queue.call(["--home", other, "worker", "list", "--json"]);
  assertEquals(JSON.parse(stdout).map((worker: { state: string }) => worker.state), ["idle"]);
});

Deno.test("version tells what runs, help is at hand everywhere", async () => {
  await using queue = await TestQueue.create();
  assertMatch(
    await queue.ok("version"),
    /^queuectl \d+\.\d+\.\d+ .*\ndeno .*\nsqlite .* through .*\ntarget .*\n$/,
  );
  assertEquals(Object.keys(await queue.json<Record<string, unknown>>("version")).slice(0, 3), [
    "version",
    "deno",
    "sqlite",
  ]);
  assertEquals(await queue.ok("--version"), await queue.ok("version"));
  assertEquals(await queue.ok(), await queue.ok("help"));
  assertEquals(await queue.ok("worker"), await queue.ok("help", "worker"));
  assertEquals(await queue.ok("enqueue", "-h"), await queue.ok("help", "enqueue"));
});
