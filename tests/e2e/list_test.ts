/** Listing as users do it: filters, orders, columns, and pages while jobs come and go. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type JobShape, TestQueue } from "../support/program.ts";

interface ListedShape extends JobShape {
  readonly arrival: number;
}

function change(queue: TestQueue, sql: string): void {
  using database = new DatabaseSync(`${queue.home}/queue.sqlite`, { timeout: 10_000 });
  database.exec(sql);
}

async function enqueue(queue: TestQueue, jobs: readonly Record<string, unknown>[]): Promise<void> {
  const lines = jobs.map((job) => JSON.stringify({ command: "true", ...job })).join("\n");
  const { code, stderr } = await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals(code, 0, stderr);
}

async function idsOf(queue: TestQueue, ...args: readonly string[]): Promise<string[]> {
  return (await queue.json("list", ...args)).map(({ id }) => id);
}

Deno.test("list: every filter, alone and with others", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, [
    { id: "a", command: "ffmpeg -i 100%_a.mov" },
    { id: "b", command: "FFMPEG -i b.mov" },
    { id: "c", command: "echo c" },
  ]);
  change(queue, `UPDATE jobs SET label = 'nightly', meta = '{"team":"web","run":"=1"}' WHERE id = 'a'`);
  change(queue, `UPDATE jobs SET queue = 'mail', meta = '{"team":"web"}' WHERE id = 'b'`);
  change(queue, "UPDATE jobs SET created_at = created_at - 7200000 WHERE id = 'c'");
  const cases: [string[], string[]][] = [
    [["--command-contains", "ffmpeg"], ["a", "b"]],
    [["--text", "FFMPEG"], ["a", "b"]],
    [["--command-contains", "%_"], ["a"]],
    [["--command-contains", "'"], []],
    [["--queue", "mail"], ["b"]],
    [["--label", "nightly"], ["a"]],
    [["--label", "night"], []],
    [["--meta", "team=web"], ["a", "b"]],
    [["--meta", "team=web", "--meta", "run==1"], ["a"]],
    [["--since", "1h"], ["a", "b"]],
    [["--since", "3h"], ["a", "b", "c"]],
    [["--since", "2999-01-01T00:00:00Z"], []],
    [["--since", "1h", "--state", "pending", "--queue", "default", "--command-contains", "MOV"], ["a"]],
  ];
  for (const [args, ids] of cases) assertEquals(await idsOf(queue, ...args), ids, args.join(" "));
  assertEquals((await queue.call(["list", "--label", "none", "--state", "dead"])).stderr, "No dead jobs.\n");
});

Deno.test("list --sort: of all jobs the first ones, whatever the limit", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, [
    { id: "low", priority: -5 },
    { id: "high", priority: 9 },
    { id: "later", delay: "1h" },
    ...Array.from({ length: 60 }, (_, index) => ({ id: `j${index}`, delay: "5m" })),
  ]);
  change(
    queue,
    `UPDATE jobs SET state = 'completed', gate = 0, started_at = 1000, finished_at = 9000 WHERE id = 'low';
     UPDATE jobs SET state = 'completed', gate = 0, started_at = 8000, finished_at = 8500 WHERE id = 'high'`,
  );
  assertEquals(await idsOf(queue, "--sort", "-priority", "--limit", "2"), ["high", "later"]);
  assertEquals((await idsOf(queue, "--sort", "priority"))[0], "low");
  assertEquals((await idsOf(queue, "--sort", "priority")).length, 63);
  assertEquals(await idsOf(queue, "--sort", "-run_at", "--limit", "1"), ["later"]);
  assertEquals(await idsOf(queue, "--sort", "-run-at", "--limit", "1"), ["later"]);
  assertEquals(await idsOf(queue, "--sort", "finished", "--limit", "3"), ["high", "low", "later"]);
  assertEquals(await idsOf(queue, "--sort", "-duration", "--limit", "2"), ["low", "high"]);
  assertEquals(await idsOf(queue, "--sort", "created", "--limit", "2"), ["low", "high"]);
  assertEquals(await idsOf(queue, "--sort", "-created", "--limit", "1"), ["j59"]);
  const table = await queue.call(["list", "--sort", "-priority", "--limit", "2"]);
  assertEquals(table.stdout.trimEnd().split("\n").slice(1).map((row) => row.split(" ")[0]), [
    "high",
    "later",
  ]);
  assertStringIncludes(table.stderr, "61 more; see them all: queuectl list --sort=-priority --limit 63");
});

Deno.test("list pages by cursor while jobs are added and removed", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, Array.from({ length: 10 }, (_, index) => ({ id: `j${index}`, delay: "1h" })));
  const page = async (...args: readonly string[]) =>
    await queue.json<ListedShape[]>("list", "--sort", "created", "--limit", "4", ...args);
  const first = await page();
  assertEquals(first.map(({ id }) => id), ["j0", "j1", "j2", "j3"]);
  await queue.ok("remove", "j1", "j4");
  await enqueue(queue, [{ id: "new", delay: "1h" }]);
  const second = await page("--after", first.at(-1)!.id);
  assertEquals(second.map(({ id }) => id), ["j5", "j6", "j7", "j8"]);
  // The last one of a page is gone: its arrival number still says where it was.
  await queue.ok("remove", "j8");
  const gone = await queue.call(["list", "--json", "--after", "j8"]);
  assertEquals([gone.code, gone.stdout], [3, ""]);
  assertStringIncludes(gone.stderr, 'Cannot list jobs after "j8": there is no such job');
  assertEquals((await page("--after", `@${second.at(-1)!.arrival}`)).map(({ id }) => id), ["j9", "new"]);
  assertEquals(await page("--after", "new"), []);
  // Without an order it is the order of arrival, too.
  assertEquals(await idsOf(queue, "--after", "j7", "--limit", "1"), ["j9"]);
  assertEquals(await idsOf(queue, "--sort", "-created", "--after", "j2"), ["j0"]);
});

Deno.test("the notes below a table lead from page to page through all of it", async () => {
  await using queue = await TestQueue.create();
  await enqueue(
    queue,
    Array.from({ length: 7 }, (_, index) => ({ id: `j${index}`, command: "echo 'it''s'" })),
  );
  const seen: string[] = [];
  let args = ["list", "--limit", "3", "--command-contains", "echo 'it"];
  for (let pages = 1;; pages++) {
    const { stdout, stderr } = await queue.call(args);
    seen.push(...stdout.trimEnd().split("\n").slice(1).map((row) => row.split(" ")[0]!));
    if (stderr === "") break;
    assert(pages < 5, stderr);
    const shown = stderr.slice(stderr.indexOf("queuectl ") + "queuectl ".length);
    const { stdout: words } = await new Deno.Command("sh", { args: ["-c", `printf '%s\\n' ${shown}`] })
      .output();
    args = new TextDecoder().decode(words).trimEnd().split("\n");
  }
  assertEquals(seen, ["j4", "j5", "j6", "j3", "j2", "j1", "j0"]);
});

Deno.test("list --columns: the fields that are asked for, in their order", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, [{ id: "j", env: { A: "b" }, argv: undefined }]);
  const { stdout, stderr } = await queue.call([
    "list",
    "--columns",
    "state,id,env,exit-code,created_at,arrival",
  ]);
  const [title, row] = stdout.split("\n");
  assertEquals(title!.split(/ +/), ["STATE", "ID", "ENV", "EXIT_CODE", "CREATED_AT", "ARRIVAL"]);
  assertMatch(row!, /^pending +j +\{"A":"b"\} +- +\d{4}-\d\d-\d\dT[\d:.]+Z +\d+$/);
  assertEquals(stderr, "");
});
