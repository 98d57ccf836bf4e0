/** What a job reads from its standard input, when its runs fail, are handed back, or outlive their workers. */

import { assertEquals } from "@std/assert";
import { holderOf, killAll, letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { TestQueue } from "../support/program.ts";

const input = "first\nsecond\nthird\n";

/** Files of inputs that are beside the runs. */
async function inputsIn(queue: TestQueue): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(`${queue.home}/runs`))).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".in"));
}

async function enqueue(queue: TestQueue, ...args: string[]): Promise<void> {
  const { code, stderr } = await queue.call(["enqueue", "--id", "j", "--stdin", "-", ...args], {
    stdin: input,
  });
  assertEquals(code, 0, stderr);
}

async function outputsOf(queue: TestQueue): Promise<string[]> {
  return (await queue.job("j")).runs.map((run) => run.stdout_tail);
}

Deno.test("each attempt reads all of its input from the beginning", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_BACKOFF_BASE: "0" });
  // It writes over what it was given, too.
  await enqueue(queue, "--", "cat; printf X 2>/dev/null 1<>/dev/stdin; [ $QUEUECTL_ATTEMPT = 3 ]");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
  assertEquals(await outputsOf(queue), [input, input, input]);
  assertEquals(await inputsIn(queue), []);
});

Deno.test("commands of one argv job after the other read each their own", async () => {
  await using queue = await TestQueue.create();
  const lines = Array.from(
    { length: 40 },
    (_, index) => JSON.stringify({ id: `j${index}`, argv: ["head", "-n", "1"], stdin: `${index}\nmore\n` }),
  );
  await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
  await queue.ok("worker", "start", "--concurrency", "2");
  await queue.ok("wait", ...lines.map((_, index) => `j${index}`));
  const outputs = await Promise.all(lines.map((_, index) => queue.ok("logs", `j${index}`)));
  assertEquals(outputs, lines.map((_, index) => `${index}\n`));
  assertEquals(await inputsIn(queue), []);
});

Deno.test("an adopted run goes on with the input that it has", async () => {
  await using queue = await TestQueue.create();
  await enqueue(queue, "--", `read line; echo $line; ${waitingJob(queue, "j")}; cat`);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  assertEquals((await inputsIn(queue)).length, 1);
  await killAll(queue);
  await queue.ok("worker", "start");
  assertEquals((await holderOf(queue, "j")).adopted, ["j"]);
  await letEnd(queue, "j");
  await queue.waitForState("j", "completed");
  assertEquals(await outputsOf(queue), [input]);
  assertEquals(await inputsIn(queue), []);
});

Deno.test("a run that is handed back, timed out or cancelled leaves no input behind", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_KILL_AFTER: "1s" });
  await enqueue(queue, "--", `cat; ${waitingJob(queue, "j")}`);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  await queue.ok("worker", "stop", "--force", "--wait");
  assertEquals((await queue.job("j")).runs[0]!.outcome, "handed_back");
  assertEquals(await inputsIn(queue), []);
  await queue.ok("edit", "j", "--timeout", "300ms");
  await queue.ok("worker", "start");
  await queue.waitForJob("j", "timed out", (job) => job.runs[1]?.outcome === "timeout");
  await queue.ok("edit", "j", "--timeout", "1h", "--delay", "0s").catch(() => {});
  await waitForRuns(queue, "j", 3);
  await queue.ok("cancel", "j");
  await queue.waitForState("j", "cancelled");
  const outputs = await outputsOf(queue);
  assertEquals(outputs, outputs.map(() => input));
  await queue.waitFor("no input to be left", async () => (await inputsIn(queue)).length === 0);
});
