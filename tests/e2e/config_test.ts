/** Settings: kept, found again, and felt by what the documentation says. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programs, TestQueue } from "../support/program.ts";

for (const program of programs) {
  Deno.test(`settings are kept, told with their source, and forgotten (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    assertEquals(await queue.ok("config", "get", "max_retries"), "3\n");
    await queue.ok("config", "set", "max-retries", "5");
    await queue.ok("config", "set", "backoff_max", "1h");
    assertEquals(JSON.parse(await Deno.readTextFile(`${queue.home}/config.json`)), {
      max_retries: 5,
      backoff_max: "1h",
    });
    assertEquals((await Deno.stat(`${queue.home}/config.json`)).mode! & 0o777, 0o600);
    assertEquals(await queue.ok("config", "path"), `${queue.home}/config.json\n`);
    const shown = await queue.call(["config", "show", "--json"], { env: { QUEUECTL_BACKOFF_BASE: "1.5" } });
    const { max_retries, backoff_base, lease } = JSON.parse(shown.stdout);
    assertEquals(max_retries, { value: "5", source: "config.json" });
    assertEquals(backoff_base, { value: "1.5", source: "environment" });
    assertEquals(lease, { value: "30s", source: "default" });
    assertMatch(
      await queue.ok("config", "show"),
      /max_retries +5 +config\.json +attempts in all/,
    );
    await queue.ok("config", "unset", "max_retries");
    assertEquals(await queue.ok("config", "get", "max_retries"), "3\n");
    assertEquals((await queue.call(["config", "set", "lease", "10s"])).code, 2);
  });
}

Deno.test("no command shows the password of a store, be it right or wrong", async () => {
  await using queue = await TestQueue.create(programs[0]!);
  const set = await queue.call(["config", "set", "store", "postgres://u:secret@h/db"]);
  assertEquals([set.code, set.stderr], [
    0,
    "store is postgres://u@h/db for commands and workers started later.\n",
  ]);
  assertStringIncludes(await queue.ok("config", "show", "--json"), "postgres://u@h/db");
  for (const url of ["postgre://u:secret@h/db", "postgres://u:secret#1@h/db", "postgres://u:a/secret@h/db"]) {
    for (
      const [args, env] of [
        [["status", "--store", url], {}],
        [["status"], { QUEUECTL_STORE: url }],
        [["config", "set", "store", url], {}],
        [["migrate", "--to", url], {}],
      ] as const
    ) {
      const { code, stdout, stderr } = await queue.call(args, { env });
      assertEquals([code, (stdout + stderr).includes("secret")], [2, false], `${args}: ${stderr}`);
    }
  }
});

Deno.test("max_retries is felt by jobs enqueued later, and not by those that wait", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "before", "--", "false");
  await queue.ok("config", "set", "max_retries", "1");
  await queue.ok("enqueue", "--id", "after", "--", "false");
  assertEquals([(await queue.job("before")).max_retries, (await queue.job("after")).max_retries], [3, 1]);
});

Deno.test("a running worker takes up backoff and timeout from config.json by itself", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await queue.ok("config", "set", "backoff_base", "0");
  await queue.ok("enqueue", "--id", "quick", "--", "false");
  const dead = await queue.waitForState("quick", "dead", 8000);
  assertEquals(dead.runs.length, 3);
  await queue.ok("config", "set", "job_timeout", "200ms");
  await queue.ok("enqueue", "--id", "slow", "--max-retries", "1", "--", "sleep 100");
  assertEquals((await queue.waitForState("slow", "dead")).runs[0]!.outcome, "timeout");
});

Deno.test("a config.json that breaks while a worker runs changes nothing, and is said in the log", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  await Deno.writeTextFile(`${queue.home}/config.json`, "{");
  const enqueue = await queue.call(["enqueue", "--id", "a", "--", "true"]);
  assertEquals(enqueue.code, 1);
  await Deno.remove(`${queue.home}/config.json`);
  await queue.ok("enqueue", "--id", "a", "--delay", "1s", "--", "true");
  await Deno.writeTextFile(`${queue.home}/config.json`, "{");
  await queue.waitFor(
    "the log to say so",
    () => Promise.resolve(queue.log().includes("the settings stay as they were")),
  );
  await Deno.remove(`${queue.home}/config.json`);
  await queue.waitForState("a", "completed");
});

Deno.test("the home: --home, QUEUECTL_HOME, the nearest .queuectl, the user's data folder", async () => {
  await using queue = await TestQueue.create();
  const project = queue.path("project/deep/down");
  await Deno.mkdir(project, { recursive: true });
  const user = { HOME: queue.path("user"), XDG_DATA_HOME: "" };
  const pathIn = async (cwd: string, args: string[], home: string) => {
    const env = { ...user, QUEUECTL_HOME: home };
    return JSON.parse((await queue.call([...args, "config", "path", "--json"], { cwd, env })).stdout);
  };
  assertEquals((await pathIn(project, [], "")).home, queue.path("user/.local/share/queuectl"));
  await queue.call(["init"], { cwd: queue.path("project"), env: { ...user, QUEUECTL_HOME: "" } });
  assertEquals(await pathIn(project, [], ""), {
    path: queue.path("project/.queuectl/config.json"),
    home: queue.path("project/.queuectl"),
    found_by: "a .queuectl folder",
  });
  assertEquals(await Deno.readTextFile(queue.path("project/.queuectl/.gitignore")), "*\n");
  assertEquals((await pathIn(project, [], "here")).home, `${project}/here`);
  assertEquals((await pathIn(project, ["--home", "/x"], "here")).home, "/x");
  const statusIn = (cwd: string) => queue.call(["status"], { cwd, env: { ...user, QUEUECTL_HOME: "" } });
  assertEquals((await statusIn(project)).code, 0);
  await new Deno.Command("cp", { args: ["-a", queue.path("project"), queue.path("clone")] }).output();
  const cloned = await statusIn(queue.path("clone"));
  assertEquals(cloned.code, 4);
  assertStringIncludes(cloned.stderr, "it was not made here by queuectl init");
  await Deno.chmod(queue.path("project/.queuectl"), 0o755);
  const refused = await statusIn(project);
  assertEquals(refused.code, 4);
  assertStringIncludes(refused.stderr, "others have access");
});
