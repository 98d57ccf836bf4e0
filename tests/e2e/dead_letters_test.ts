/** Dead letters and old jobs as users meet them: real failures, real files, questions on a terminal. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { programs, type StatusShape, TestQueue } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";

interface Group {
  readonly group: string;
  readonly exit_code: number | null;
  readonly error: string;
  readonly count: number;
  readonly example: string;
  readonly queues: readonly string[];
}

/** Two kinds of failure, three times and once. */
async function letDie(queue: TestQueue): Promise<void> {
  const fail = (id: string, command: string, other = {}) => ({ id, command, max_retries: 1, ...other });
  const jobs = [
    fail("a1", "echo 'cannot open /data/1.mkv' >&2; exit 3"),
    fail("a2", "echo 'cannot open /data/22.mkv' >&2; exit 3", { queue: "films" }),
    fail("a3", "echo 'cannot open /other/333.mkv' >&2; exit 3"),
    fail("b", "echo 'No luck' >&2; exit 7"),
  ];
  const lines = jobs.map((job) => JSON.stringify(job)).join("\n");
  const { code, stderr } = await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals(code, 0, stderr);
  await queue.ok("worker", "start", "--queues", "default,films");
  await queue.waitFor("all to be dead", async () => (await queue.json<StatusShape>("status")).dead === 4);
  await queue.ok("worker", "stop", "--wait");
}

for (const program of programs) {
  Deno.test(`dead jobs are listed, grouped, retried and purged by filters (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    assertEquals(await queue.ok("dlq", "list", "--group", "--json"), "[]\n");
    await letDie(queue);
    const ids = async (...args: string[]) =>
      (await queue.json("dlq", "list", ...args)).map(({ id }) => id).join();
    assertEquals(await ids(), "a1,a2,a3,b");
    assertEquals(await ids("--exit-code", "7"), "b");
    assertEquals(await ids("--contains", "no LUCK"), "b");
    assertEquals(await ids("--contains", "/data/"), "a1,a2");
    assertEquals(await ids("--queue", "other"), "");
    assertEquals(await ids("--since", "1h", "--limit", "2"), "a3,b");
    assertEquals(await ids("--older-than", "1h"), "");
    assertEquals(await ids("--older-than", "0s"), "a1,a2,a3,b");
    const table = await queue.call(["dlq", "list", "--older-than", "1h"]);
    assertEquals([table.code, table.stderr], [0, "None of the 4 dead jobs is meant.\n"]);

    const groups = await queue.json<Group[]>("dlq", "list", "--group");
    assertEquals(groups.map(({ count, exit_code, error, queues }) => [count, exit_code, error, queues]), [
      [3, 3, "cannot open <path>", ["default", "films"]],
      [1, 7, "No luck", ["default"]],
    ]);
    const [many, one] = groups.map(({ group }) => group);
    assertEquals(await ids(`--group=${many}`), "a1,a2,a3");
    assertEquals(await ids(`--group=${many}`, "--limit", "1"), "a3");
    assertStringIncludes(await queue.ok("dlq", "list", "--group"), `${one}     1     7`);

    const refused = await queue.call(["dlq", "retry", "--group", many!]);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "Cannot retry 3 jobs: there is no terminal on which to ask");
    const done = await queue.call(["dlq", "retry", "--group", many!, "--pace", "1/h", "--yes", "--json"]);
    assertEquals(JSON.parse(done.stdout), { retried: 3, without_key: 0 });
    const due = await Promise.all(
      ["a1", "a2", "a3"].map(async (id) => Date.parse((await queue.job(id)).run_at)),
    );
    assertEquals(due.map((at) => at - due[0]!), [0, 3_600_000, 7_200_000]);
    assertEquals(await ids(), "b");

    const kept = await queue.call(["dlq", "purge", "--older-than", "7d", "--yes"]);
    assertEquals([kept.code, kept.stderr], [0, "0 dead jobs are deleted.\n"]);
    const purged = await queue.call(["dlq", "purge", "--exit-code", "7", "--yes", "--json"]);
    assertEquals(JSON.parse(purged.stdout), { deleted: 1 });
    assertEquals((await queue.call(["show", "b"])).code, 3);
    assertEquals(await ids(), "");
  });
}

Deno.test("dlq purge and dlq retry by a filter ask on a terminal, and only yes is yes", async () => {
  await using queue = await TestQueue.create();
  await letDie(queue);
  for (
    const [words, question] of [
      [["dlq", "retry", "--exit-code", "3"], "Retry 3 jobs? [y/N] "],
      [["dlq", "purge", "--all"], "Delete 4 jobs? [y/N] "],
      [["prune", "--state", "dead", "--older-than", "0s"], "Delete 4 jobs? [y/N] "],
    ] as const
  ) {
    await using terminal = Terminal.start(queue, words);
    await terminal.waitFor(question);
    await terminal.type("n\r");
    assertEquals(await terminal.end(), 1);
    assertEquals((await queue.json<StatusShape>("status")).dead, 4);
  }
  await using terminal = Terminal.start(queue, ["dlq", "purge", "--exit-code", "3"]);
  await terminal.waitFor("Delete 3 jobs? [y/N] ");
  await terminal.type("y\r");
  assertEquals(await terminal.end(), 0);
  assertStringIncludes(terminal.shown, "3 dead jobs are deleted.");
  assertEquals((await queue.json("dlq", "list")).map(({ id }) => id), ["b"]);
});

Deno.test("prune deletes old finished jobs with their files, and no others", async () => {
  await using queue = await TestQueue.create();
  await letDie(queue);
  await queue.ok("enqueue", "--id", "large", "--", "head -c 200000 /dev/zero | tr '\\0' x");
  await queue.ok("enqueue", "--id", "small", "--", "echo hello");
  await queue.ok("enqueue", "--id", "held", "--unique", "k", "--unique-for", "1h", "--", "true");
  await queue.ok("enqueue", "--id", "off", "--delay", "1h", "--", "true");
  await queue.ok("enqueue", "--id", "waits", "--delay", "1h", "--", "true");
  await queue.ok("cancel", "off");
  await queue.ok("worker", "start");
  await queue.waitFor(
    "the rest to end",
    async () => (await queue.json<StatusShape>("status")).completed === 3,
  );
  await queue.ok("worker", "stop", "--wait");
  const files = () => [...Deno.readDirSync(`${queue.home}/runs`)].filter(({ isFile }) => isFile).length;
  assert(files() > 0, "no file of large output");
  const left = async () => (await queue.json("list")).map(({ id }) => id).join();
  assertEquals(JSON.parse(await queue.ok("prune", "--dry-run", "--json")), { dry_run: true, jobs: 0 });
  const dry = await queue.call(["prune", "--older-than", "0s", "--dry-run"]);
  assertEquals([dry.code, dry.stdout, dry.stderr], [0, "", "3 jobs would be deleted.\n"]);
  assertEquals(await left(), "a1,a2,a3,b,large,small,held,off,waits");
  assertEquals((await queue.call(["prune", "--older-than", "0s"])).code, 2);
  const other = await queue.call(["prune", "--older-than", "0s", "--queue", "other", "--yes"]);
  assertEquals(other.stderr, "0 jobs are deleted.\n");
  const done = await queue.call(["prune", "--older-than", "0s", "--yes"]);
  assertEquals([done.code, done.stderr], [0, "3 jobs are deleted.\n"]);
  // Its key is taken for an hour, so it is needed.
  assertEquals(await left(), "a1,a2,a3,b,held,waits");
  assertEquals(files(), 0);
  const twice = ["prune", "--older-than", "0s", "--state", "dead", "--state", "cancelled", "--yes", "--json"];
  assertEquals(JSON.parse(await queue.ok(...twice)), { dry_run: false, jobs: 4 });
  assertEquals(await left(), "held,waits");
});

Deno.test("workers delete old jobs by themselves where prune_after says so, and no dead ones", async () => {
  await using queue = await TestQueue.create();
  await letDie(queue);
  await queue.ok("config", "set", "prune_after", "1s");
  await queue.ok("enqueue", "--id", "done", "--", "true");
  await queue.ok("worker", "start");
  // The first look comes within ten seconds; the job may be younger than a second then, and is left to the next.
  await queue.waitForState("done", "completed");
  await queue.ok("worker", "stop", "--wait");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await queue.ok("worker", "start");
  await queue.waitFor("the old job to go", async () => (await queue.call(["show", "done"])).code === 3);
  assertStringIncludes(queue.log(), "deleted 1 old job(s) (prune_after)");
  assertEquals((await queue.json<StatusShape>("status")).dead, 4);
});

Deno.test("bad input about dead letters and old jobs is refused before anything is opened", async () => {
  await using queue = await TestQueue.create();
  const cases: readonly (readonly [string, string])[] = [
    ["dlq list --exit-code x", "--exit-code must be a whole number"],
    ["dlq list --older-than x", "--older-than must be a duration"],
    ["dlq list --since x", "--since must be a duration"],
    ["dlq list --contains=", "--contains is empty"],
    ["dlq list --groop", 'Did you mean "--group"?'],
    ["dlq list --group=x", '"x" cannot be a group'],
    ["dlq list --group 6371d87f50", "the jobs of one group: --group=6371d87f50"],
    ["dlq retry", "it needs the ids of jobs, a filter, or --all"],
    ["dlq retry x --all", "it takes ids or --all, not both"],
    ["dlq retry x --queue q", "it takes ids or a filter, not both"],
    ["dlq retry --all --queue q", "it takes --all or a filter, not both"],
    ["dlq retry --all --pace 10", "a pace is a number and a unit of time"],
    ["dlq retry --all --pace 0/s", "a pace is a number and a unit of time"],
    ["dlq retry x --pace 1/s", "--pace is for --all or a filter"],
    ["dlq retry --group", "--group needs a value"],
    ["dlq purge", "it needs a filter such as --older-than 7d, or --all"],
    ["dlq purge x", 'it takes no "x"'],
    ["prune x", 'it takes no "x"'],
    ["prune --state processing", "processing jobs are not over"],
    ["prune --state complete", 'Did you mean "completed"?'],
    ["prune --older-than 7", "--older-than must be a duration"],
  ];
  for (const [words, found] of cases) {
    const { code, stdout, stderr } = await queue.call(words.split(" "));
    assertEquals([code, stdout], [2, ""], words);
    assertStringIncludes(stderr, found);
  }
});
