/** The program on a PostgreSQL server, as it is used from one machine and from several. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Program, programs, quickest, TestQueue } from "../support/program.ts";
import { findTestServer, inSchema, loginTo, newSchemaName, placeOf, runSql } from "../support/postgres.ts";
import { startPooler } from "../support/pooler.ts";
import { TestProxy } from "../support/proxy.ts";
import { letEnd, waitForRuns, waitingJob, workersOf } from "../support/jobs.ts";

const server = findTestServer();
const quick = {
  QUEUECTL_LEASE: "2s",
  QUEUECTL_HEARTBEAT: "400ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
  QUEUECTL_BACKOFF_BASE: "0.1",
};

interface Stage {
  readonly url: string;
  /** A home of its own on the same store. */
  readonly home: (env?: Readonly<Record<string, string>>, program?: Program) => Promise<TestQueue>;
}

function onServer(name: string, body: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name: `postgres: ${name}`,
    ignore: server === null,
    async fn() {
      const schema = newSchemaName();
      const url = inSchema(server!.url, schema);
      const homes: TestQueue[] = [];
      try {
        await body({
          url,
          home: async (env = {}, program = quickest) => {
            const queue = await TestQueue.create(program, { ...quick, QUEUECTL_STORE: url, ...env });
            homes.push(queue);
            return queue;
          },
        });
      } finally {
        for (const queue of homes) await queue[Symbol.asyncDispose]();
        await runSql(server!.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      }
    },
  });
}

for (const program of programs) {
  onServer(`the same commands, from enqueue to dlq retry (${program.name})`, async ({ home }) => {
    const queue = await home({}, program);
    assertEquals((await queue.json<{ total: number }>("status")).total, 0);
    await queue.ok("enqueue", "--id", "good", "--", "echo hello");
    await queue.ok("enqueue", "--id", "bad", "--max-retries", "2", "--", "echo no luck >&2; exit 3");
    await queue.call(["enqueue", "-"], {
      stdin: '{"id":"many1","command":":"}\n{"id":"many2","command":":"}\n',
    });
    const twice = await queue.call(["enqueue", "--id", "good", "--", "true"]);
    assertEquals([twice.code, twice.stderr.includes("already")], [3, true]);
    await queue.ok("worker", "start", "--count", "2");
    await queue.waitForState("good", "completed");
    const bad = await queue.waitForState("bad", "dead");
    assertEquals([bad.attempts, bad.exit_code], [2, 3]);
    await queue.waitForState("many2", "completed");
    assertEquals(await queue.ok("logs", "good"), "hello\n");
    assertStringIncludes(await queue.ok("dlq", "list"), "no luck");
    await queue.ok("dlq", "retry", "bad");
    await queue.waitForJob("bad", "run again", (job) => job.runs.length === 4);
    await queue.ok("worker", "stop", "--wait");
    assertEquals(await workersOf(queue), []);
    assert(![...Deno.readDirSync(queue.home)].some(({ name }) => name.startsWith("queue.sqlite")));
  });
}

onServer("no process shows the password, and no job gets it", async ({ url, home }) => {
  const secret = "pass-that-nobody-may-see";
  const withPassword = url.replace(/^(\w+:\/\/[^@:/]*)@/, `$1:${secret}@`);
  const queue = await home({ QUEUECTL_STORE: withPassword, PGPASSWORD: secret });
  await queue.ok("enqueue", "--id", "j", "--", "env; ps -eo args");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
  const seen = await queue.ok("logs", "j");
  assertStringIncludes(seen, "worker process");
  assertEquals(seen.includes(secret), false);
  assertEquals((await queue.ok("config", "show")).includes(secret), false);
  const unreachable = withPassword.replace(/@[^/]*/, "@127.0.0.1:1");
  const refused = await queue.call(["status", "--store", unreachable]);
  assertEquals([refused.code, refused.stderr.includes(secret)], [4, false]);
});

onServer("a job from another home starts at once, long before the next poll", async ({ home }) => {
  const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };
  const [here, there] = [await home(slow), await home(slow)];
  await here.ok("worker", "start");
  await there.ok("enqueue", "--id", "j", "--", "true");
  await there.waitForState("j", "completed");
  await there.ok("worker", "stop");
  await there.waitFor("the worker to stop", async () => (await workersOf(there)).length === 0);
});

onServer("the job of a host that vanishes runs again elsewhere", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  const host = namespaced(there, ["worker", "run"]);
  if (host === null) return console.error("!!! not tested: process namespaces cannot be made here");
  await here.ok("enqueue", "--id", "j", "--", `echo $$ >>${here.path("j.pids")}; sleep \${SLEEP:-1000}`);
  await waitForRuns(here, "j", 1);
  // With its first process the namespace ends, and everything in it.
  host.kill("SIGKILL");
  await host.status;
  await here.ok("worker", "start");
  await waitForRuns(here, "j", 2);
  const job = await here.job("j");
  assertEquals([job.runs[0]!.outcome, job.attempts, job.runs.length], ["crashed", 0, 2]);
});

onServer("a job is cancelled from another host, whether it waits or runs", async ({ home }) => {
  const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };
  const [here, there] = [await home(slow), await home(slow)];
  await here.ok("worker", "start");
  await here.ok("enqueue", "--id", "runs", "--", `echo $$ >>${here.path("runs.pids")}; sleep 1000`);
  await waitForRuns(here, "runs", 1);
  await here.ok("enqueue", "--id", "waits", "--", "true");
  await there.ok("cancel", "runs", "waits");
  const job = await there.waitForState("runs", "cancelled");
  assertEquals([job.attempts, job.runs.map((run) => run.outcome)], [0, ["cancelled"]]);
  assertEquals((await there.job("waits")).runs, []);
  await there.ok("retry", "waits");
  await there.waitForState("waits", "completed");
});

onServer(
  "a job is waited for and shown from another home, long before the next poll",
  async ({ url, home }) => {
    const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };
    const [here, there] = [await home(slow), await home(slow)];
    await here.ok("worker", "start", "--concurrency", "2");
    await there.ok("enqueue", "--id", "j", "--max-retries", "1", "--", `${waitingJob(here, "j")}; exit 9`);
    await waitForRuns(here, "j", 1);
    const waiting = there.spawn(["wait", "j"]);
    const schema = new URL(url).searchParams.get("schema");
    const watched = `SELECT job_seq FROM "${schema}".waits`;
    await here.waitFor("the wait to be known", async () => (await runSql(server!.url, watched)).length === 1);
    // It looks by itself 1, 3 and 7 seconds after it began.
    await new Promise((resolve) => setTimeout(resolve, 3400));
    await letEnd(here, "j");
    const letGoAt = performance.now();
    assertEquals((await waiting.output()).code, 9);
    const tookMs = performance.now() - letGoAt;
    assert(tookMs < 2500, `the wake-up took ${tookMs} ms`);
    assertEquals((await runSql(server!.url, watched)).length, 0, "somebody is still told of it");
    const shown = await there.call(["run", "--max-retries", "1", "--", "echo out; echo err >&2; exit 2"]);
    assertEquals([shown.code, shown.stdout], [2, "out\n"], shown.stderr);
    assertStringIncludes(shown.stderr, "err\n");
  },
);

onServer("output of a job that runs elsewhere can be read and followed", async ({ home }) => {
  // Only what somebody asks for is published, and at once.
  const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };
  const [here, there] = [await home(slow), await home(slow)];
  await here.ok("worker", "start");
  const command = `echo first; echo wrong >&2; until [ -e ${
    here.path("go")
  } ]; do sleep 0.05; done; echo last`;
  await here.ok("enqueue", "--id", "j", "--", command);
  await there.waitForState("j", "processing");
  await here.waitFor("its output", async () => await here.ok("logs", "j", "--stdout") === "first\n");
  assertEquals(await there.ok("logs", "j", "--stdout"), "first\n");
  assertEquals(await there.ok("logs", "j", "--all", "--tail", "1"), "first\nwrong\n");
  const following = there.spawn(["logs", "j", "--follow=job", "--tail", "1"]);
  const reader = following.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  const readUntil = async (text: string) => {
    for (let part; !seen.includes(text) && !(part = await reader.read()).done;) seen += part.value;
    assertStringIncludes(seen, text);
  };
  await readUntil("first\n");
  await Deno.writeTextFile(here.path("go"), "");
  await readUntil("last\n");
  assertEquals(seen.match(/first/g)?.length, 1);
  assertStringIncludes(await new Response(following.stderr).text(), "run 1 ended: completed");
  await reader.cancel();
  assertEquals((await following.status).code, 0);
});

onServer("a job tells how far it is without knowing the store", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  await here.ok("worker", "start");
  const program = [here.program.command, ...here.program.args].map((word) => `'${word}'`).join(" ");
  const command = `${program} progress 40 encoding; until [ -e ${here.path("go")} ]; do sleep 0.05; done`;
  await here.ok("enqueue", "--id", "j", "--", command);
  const job = await there.waitForJob("j", "at 40 %", ({ progress }) => progress?.percent === 40);
  assertEquals(job.progress, { percent: 40, text: "encoding" });
  assertStringIncludes(await there.ok("list"), "run 1, 40 %");
  await Deno.writeTextFile(here.path("go"), "");
  assertEquals((await there.waitForState("j", "completed")).runs[0]!.progress, job.progress);
});

onServer("a signal reaches a job of another host, at once", async ({ home }) => {
  const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h" };
  const [here, there] = [await home(slow), await home(slow)];
  await here.ok("worker", "start");
  const command = `trap 'echo heard; exit 0' USR1; echo ready; while :; do sleep 0.05; done`;
  await here.ok("enqueue", "--id", "j", "--", command);
  await here.waitFor("its traps", async () => await here.ok("logs", "j") === "ready\n");
  await there.ok("cancel", "j", "--signal", "USR1");
  await there.waitForState("j", "completed");
  assertEquals(await there.ok("logs", "j", "--stdout"), "ready\nheard\n");
});

onServer("of long output the other host has the last 64 KB, and says where the rest is", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  await here.ok("worker", "start");
  await here.ok("enqueue", "--id", "j", "--", "yes 123456789 | head -c 100000; echo end");
  await here.waitForState("j", "completed");
  assertEquals((await here.ok("logs", "j")).length, 100_004);
  const { stdout, stderr } = await there.call(["logs", "j"]);
  assertEquals([stdout.length, stdout.endsWith("end\n")], [65_536, true]);
  const last = await there.call(["logs", "j", "--tail", "1"]);
  assertEquals([last.stdout, last.stderr], ["end\n", ""]);
  const [run] = (await here.job("j")).runs;
  assert(run !== undefined);
  assertStringIncludes(stderr, `The first ${100_004 - 65_536} bytes of stdout are not in the store; host `);
});

onServer("logs of a job whose host does not answer show what is stored, and say so", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  await here.ok("worker", "start");
  await here.ok("enqueue", "--id", "j", "--", "echo seen; sleep 1000");
  await here.waitFor("its output", async () => await here.ok("logs", "j") === "seen\n");
  assertEquals(await there.ok("logs", "j"), "seen\n");
  const [worker] = await workersOf(here);
  Deno.kill(worker!.pid, "SIGSTOP");
  try {
    const { code, stdout, stderr } = await there.call(["logs", "j"]);
    assertEquals([code, stdout], [0, "seen\n"], stderr);
    assertStringIncludes(stderr, "which runs it, does not answer");
  } finally {
    Deno.kill(worker!.pid, "SIGCONT");
  }
});

onServer("a pooler in transaction mode may stand between", async ({ url, home }) => {
  await using pooler = await startPooler(server!.url);
  if (pooler === null) return;
  const queue = await home({ QUEUECTL_STORE: pooler.url + new URL(url).search });
  await queue.ok("worker", "start", "--count", "3", "--concurrency", "2");
  const ids = Array.from({ length: 120 }, (_, index) => `j${index}`);
  const lines = ids.map((id) => JSON.stringify({ id, command: `echo ${id} >>${queue.path("ledger")}` }));
  assertEquals((await queue.call(["enqueue", "-"], { stdin: lines.join("\n") })).code, 0);
  await queue.waitFor("the jobs to be done", async () => {
    const { completed } = await queue.json<{ completed: number }>("status");
    return completed === ids.length;
  });
  const ledger = (await Deno.readTextFile(queue.path("ledger"))).trimEnd().split("\n");
  assertEquals(ledger.toSorted(), ids.toSorted());
  await queue.ok("worker", "stop", "--wait");
  assertEquals(queue.log().includes("prepared statement"), false, queue.log());
});

onServer("worker stop is about this host, another one by its name, or all", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  const host = namespaced(there, ["worker", "run"], "build7");
  if (host === null) return console.error("!!! not tested: namespaces cannot be made here");
  await here.ok("worker", "start", "--count", "2");
  const names = async () => (await workersOf(here)).map((worker) => worker.host);
  await here.waitFor("the other host's worker", async () => (await names()).includes("build7"));
  const wrong = await here.call(["worker", "stop", "--host", "build8"]);
  assertEquals(wrong.code, 3);
  assertStringIncludes(wrong.stderr, 'host "build8": it has none');
  assertStringIncludes(wrong.stderr, 'Did you mean "build7"?');
  assertEquals((await here.call(["worker", "stop", "--host", "build7", "--all"])).code, 2);
  const first = await here.call(["worker", "stop", "--wait"]);
  assertStringIncludes(first.stderr, "Stopping 2 workers. 1 on other hosts goes on");
  assertEquals(await names(), ["build7"]);
  const second = await here.call(["worker", "stop"]);
  assertStringIncludes(second.stderr, "No workers are running here. 1 on other hosts");
  await here.ok("worker", "start");
  await here.ok("worker", "stop", "--host", "build7", "--wait");
  await host.status;
  assertEquals((await names()).includes("build7"), false);
  assertEquals((await names()).length, 1);
  await here.ok("worker", "stop", "--all", "--wait");
  assertEquals(await names(), []);
});

onServer("worker stop --wait does not wait for a host that is lost", async ({ home }) => {
  const [here, there] = [await home(), await home()];
  const host = namespaced(there, ["worker", "run"], "build7");
  if (host === null) return console.error("!!! not tested: namespaces cannot be made here");
  await here.waitFor("the other host's worker", async () => (await workersOf(here)).length === 1);
  host.kill("SIGKILL");
  await host.status;
  const { code, stderr } = await here.call(["worker", "stop", "--all", "--wait"]);
  assertEquals([code, stderr.includes("Stopping 1 worker")], [0, true], stderr);
  assertStringIncludes(stderr, "No other worker is left. 1 on build7 is silent");
  assertEquals(stderr.includes("All workers have stopped"), false, stderr);
});

onServer(
  "a host that is cut off and returns ends what others run again, and its late result changes nothing",
  async ({ url, home }) => {
    const login = loginTo(server!.url);
    await using proxy = await TestProxy.start(placeOf(login));
    const through = `postgres://${login.user}@127.0.0.1:${proxy.port}/${login.database}${
      new URL(url).search
    }`;
    const [here, there] = [await home(), await home({ QUEUECTL_STORE: through })];
    const host = namespaced(there, ["worker", "run"]);
    if (host === null) return console.error("!!! not tested: process namespaces cannot be made here");
    try {
      const beats = (run: number) =>
        Deno.stat(here.path(`beats-${run}`)).then((found) => found.size, () => 0);
      const command = `while [ ! -e ${here.path("go")} ]; do
      echo >>${here.path("beats-")}$QUEUECTL_ATTEMPT; sleep 0.05; done`;
      await here.ok("enqueue", "--id", "j", "--", command);
      await here.waitFor("the first run", async () => await beats(1) > 0);
      proxy.fallSilent();
      await here.ok("worker", "start");
      await here.waitFor("the second run", async () => await beats(2) > 0);
      const before = await beats(1);
      await here.waitFor("the first run to go on, cut off", async () => await beats(1) > before);
      proxy.recover();
      proxy.reset();
      await there.waitFor("it to be said", () => Promise.resolve(there.log().includes("its result is late")));
      assertStringIncludes(there.log(), "was taken for dead");
      let last = -1;
      await here.waitFor("the first run to be ended", async () => {
        const [seen, now] = [last, await beats(1)];
        last = now;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return seen === now;
      });
      await Deno.writeTextFile(here.path("go"), "");
      const job = await here.waitForState("j", "completed");
      assertEquals(job.runs.map((run) => run.outcome), ["crashed", "completed"]);
      assertEquals(job.attempts, 1);
    } finally {
      host.kill("SIGKILL");
      await host.status;
    }
  },
);

/** The program as the first process of a namespace of its own: another host to everybody else. */
function namespaced(queue: TestQueue, args: readonly string[], hostName?: string): Deno.ChildProcess | null {
  const probe = new Deno.Command("unshare", { args: ["--pid", "--uts", "--fork", "true"], stderr: "null" });
  try {
    if (!probe.outputSync().success) return null;
  } catch {
    return null;
  }
  return new Deno.Command("unshare", {
    args: [
      ...["--pid", "--uts", "--fork", "--kill-child", "--mount-proc"],
      ...["sh", "-c", `${hostName === undefined ? "" : `hostname ${hostName} && `}exec "$@"`, "sh"],
      queue.program.command,
      ...queue.program.args,
      ...args,
    ],
    env: { ...queue.env, QUEUECTL_HOME: queue.home, NO_COLOR: "1", DENO_SQLITE_PATH: "" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
