/** `doctor`: what is wrong, what to type, and what it mends by itself. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { killAll, letEnd, sigkill, waitForRuns, waitingJob, workersOf } from "../support/jobs.ts";
import { checkJson } from "../support/json_schemas.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { programs, quickest, TestQueue } from "../support/program.ts";
import { inStore } from "../support/raw_store.ts";

interface Diagnosis {
  readonly code: number;
  readonly healthy: boolean;
  readonly mended: string[];
  readonly checks: {
    readonly check: string;
    readonly status: string;
    readonly found: string;
    readonly fix: string | null;
  }[];
}

async function diagnose(queue: TestQueue, ...args: string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await queue.call(["doctor", "--json", ...args]);
  assert(stdout !== "", stderr);
  const diagnosis = JSON.parse(stdout);
  checkJson("doctor", diagnosis);
  assertEquals(diagnosis.healthy, code === 0);
  return { ...diagnosis, code };
}

/** What is not ok, without what depends on this machine. */
function wrong({ checks }: Diagnosis) {
  return checks.filter(({ check, status }) =>
    status !== "ok" && !["disk", "watchers", "clock"].includes(check)
  );
}

/** Finds one thing that is wrong, and it alone. */
async function assertFinds(
  queue: TestQueue,
  expected: { readonly check: string; readonly status: string; readonly says: string; readonly fix?: string },
  ...args: string[]
): Promise<void> {
  const diagnosis = await diagnose(queue, ...args);
  const [first, ...others] = wrong(diagnosis);
  assertEquals(
    [first?.check, first?.status, others],
    [expected.check, expected.status, []],
    JSON.stringify(first),
  );
  assertStringIncludes(first!.found, expected.says);
  if (expected.fix !== undefined) assertEquals(first!.fix, expected.fix);
  assertEquals(diagnosis.code, expected.status === "problem" ? 1 : 0);
}

for (const program of programs) {
  Deno.test(`doctor of a queue that is well says so, and of none too (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    assertEquals(wrong(await diagnose(queue)), []);
    assertEquals(await Deno.stat(queue.home).then(() => true, () => false), false, "it makes nothing");
    await queue.ok("enqueue", "--id", "j", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("j", "completed");
    const diagnosis = await diagnose(queue);
    assertEquals(wrong(diagnosis), []);
    assertEquals([...new Set(diagnosis.checks.map(({ check }) => check))].slice(0, 10), [
      ...[
        "home",
        "settings",
        "store",
        "schema",
        "integrity",
        "counters",
        "workers",
        "leases",
        "queues",
        "jobs",
      ],
    ]);
    const { stdout, stderr } = await queue.call(["doctor"]);
    assert(/^ok {7}schema {4}version \d+$/m.test(stdout), stdout);
    assert(/^(All is well|0 problems, \d+ warnings?)\.\n$/.test(stderr), stderr);
    // The rest of it is the same, whether or not it may mend.
    assertEquals((await diagnose(queue, "--fix")).mended, []);
  });
}

Deno.test({
  name: "doctor: a home that others have access to is shown, and closed by --fix",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using queue = await TestQueue.create();
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
    Deno.chmodSync(queue.home, 0o755);
    await assertFinds(queue, {
      check: "home",
      status: "problem",
      says: `others have access to ${queue.home} (mode 755)`,
      fix: `chmod 700 ${queue.home}`,
    });
    const mended = await diagnose(queue, "--fix");
    assertEquals(mended.mended, [`others have access to ${queue.home} (mode 755)`]);
    assertEquals(Deno.statSync(queue.home).mode! & 0o777, 0o700);
    Deno.chmodSync(`${queue.home}/queue.sqlite`, 0o644);
    await assertFinds(queue, { check: "home", status: "warning", says: "queue.sqlite (mode 644)" });
    assertEquals(wrong(await diagnose(queue, "--fix")), []);
    assertEquals(Deno.statSync(`${queue.home}/queue.sqlite`).mode! & 0o777, 0o600);
  },
});

Deno.test("doctor: wrong counters are found, and made right by --fix", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--delay", "1h", "--", "true");
  inStore(queue, (database) => database.exec("UPDATE counters SET count = 7"));
  await assertFinds(queue, {
    check: "counters",
    status: "problem",
    says: "the counter of pending jobs in queue default says 7, there are 1",
    fix: "queuectl doctor --fix",
  });
  assertEquals(wrong(await diagnose(queue, "--fix")), []);
  assertEquals((await queue.json<{ pending: number }>("status")).pending, 1);
});

Deno.test("doctor: what contradicts itself is no matter of --fix", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--delay", "1h", "--", "true");
  inStore(queue, (database) => database.exec("UPDATE jobs SET worker_id = 'nobody'"));
  const expected = { check: "integrity", status: "problem", says: "1 waiting or final jobs with a holder" };
  await assertFinds(queue, expected);
  await assertFinds(queue, expected, "--fix");
});

Deno.test("doctor: a file that is no store, and settings that are wrong, are told with what to do", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--", "true");
  await Deno.writeTextFile(`${queue.home}/config.json`, "{", { mode: 0o600 });
  await assertFinds(queue, { check: "settings", status: "problem", says: "config.json" });
  await Deno.remove(`${queue.home}/config.json`);
  assertEquals(
    (await queue.call(["doctor", "--store", "postgre://x"])).code,
    2,
    "a wrong flag is a wrong call",
  );
  for (const end of ["-wal", "-shm"]) await Deno.remove(`${queue.home}/queue.sqlite${end}`).catch(() => {});
  await Deno.writeTextFile(`${queue.home}/queue.sqlite`, "nothing that is a database ".repeat(99), {
    mode: 0o600,
  });
  await assertFinds(queue, { check: "store", status: "problem", says: "queue.sqlite" });
  await assertFinds(queue, { check: "store", status: "problem", says: "queue.sqlite" }, "--fix");
});

Deno.test("doctor: workers whose processes are gone come off the list by --fix; what they held waits", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  await killAll(queue);
  const found = wrong(await diagnose(queue));
  assert(
    found.some(({ status, found, fix }) =>
      status === "problem" && /has ended without a word; it holds j$/.test(found) &&
      fix === "queuectl doctor --fix"
    ),
    JSON.stringify(found),
  );
  const after = await diagnose(queue, "--fix");
  assert(after.mended.length >= 1);
  assertEquals(await queue.json("worker", "list"), []);
  assertEquals(wrong(after).map(({ check, status, fix }) => [check, status, fix]), [
    ["leases", "problem", "queuectl worker start"],
  ]);
  await queue.ok("worker", "start");
  await letEnd(queue, "j");
  await queue.waitForState("j", "completed");
  assertEquals(wrong(await diagnose(queue)), []);
});

Deno.test("doctor: a worker that was killed is a problem until another one has taken its place", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const [killed] = await workersOf(queue);
  sigkill(killed!.pid);
  await queue.waitFor(
    "another worker",
    async () => (await workersOf(queue)).some(({ id, state }) => id !== killed!.id && state === "idle"),
  );
  await queue.waitFor("the first to be forgotten", async () => (await workersOf(queue)).length === 1);
  await assertFinds(queue, { check: "workers", status: "warning", says: "has 1 up; before, a worker" });
});

Deno.test("doctor: jobs that no worker could ever take, and queues that hold jobs back", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--queue", "video", "--needs", "gpu", "--", "true");
  await assertFinds(queue, {
    check: "jobs",
    status: "warning",
    says: "1 is ready, and no worker takes jobs",
    fix: "queuectl worker start",
  });
  await queue.ok("worker", "start", "--queues", "video");
  await assertFinds(queue, {
    check: "jobs",
    status: "problem",
    says: "no worker could ever take 1 job of queue video: No running worker for queue video offers gpu.",
    fix: "queuectl worker start --queues video --tags gpu",
  });
  await queue.ok("worker", "start", "--queues", "video", "--tags", "gpu");
  await queue.waitFor("it to be well", async () => wrong(await diagnose(queue)).length === 0);
  await queue.ok("queue", "pause", "video");
  await assertFinds(queue, {
    check: "queues",
    status: "warning",
    says: "queue video is paused; no job waits in it",
    fix: "queuectl queue resume video",
  });
  await queue.ok("queue", "resume", "video");
  await queue.ok("queue", "throttle", "video", "--for", "1h");
  await assertFinds(queue, { check: "queues", status: "warning", says: "queue video is throttled for" });
});

Deno.test("doctor: a key limit of which the gates are not set yet is told while no worker is there", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--key", "ada", "--delay", "1h", "--", "true");
  await queue.ok("queue", "set", "default", "--key-limit", "1");
  // As a call leaves it that was ended before it was through.
  inStore(queue, (database) => database.exec("UPDATE queues SET regated_through = ''"));
  await assertFinds(queue, {
    check: "queues",
    status: "warning",
    says: "queue default has another key limit since",
    fix: "queuectl worker start",
  });
});

const server = findTestServer();

Deno.test({
  name: "doctor of a store on a server looks at the same, and mends its counters",
  ignore: server === null,
  async fn() {
    const schema = newSchemaName();
    const url = inSchema(server!.url, schema);
    await using queue = await TestQueue.create(quickest, { QUEUECTL_STORE: url });
    try {
      await queue.ok("enqueue", "--id", "j", "--delay", "1h", "--", "true");
      assertEquals(wrong(await diagnose(queue)), []);
      await runSql(server!.url, `UPDATE "${schema}".counters SET count = count + 1`);
      await assertFinds(queue, { check: "counters", status: "problem", says: "says 2, there are 1" });
      assertEquals(wrong(await diagnose(queue, "--fix")), []);
    } finally {
      await runSql(server!.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  },
});
