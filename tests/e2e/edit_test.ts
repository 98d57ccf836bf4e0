/** Jobs that wait are changed; the words for it, and what is refused. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { type JobShape, programs, quickest, TestQueue } from "../support/program.ts";

for (const program of programs) {
  Deno.test(`edit changes a waiting job, and says what (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "j", "--run-at", "2030-01-01T00:00:00Z", "--", "echo old");
    const edit = async (...args: string[]) => (await queue.call(["edit", "j", ...args])).stderr;
    assertEquals(await edit("--priority", "5"), "j: priority 0 -> 5\n");
    assertEquals(
      await edit("--max-retries", "1", "--timeout", "10m", "--kill-after", "1s"),
      "j: max-retries 3 -> 1\nj: timeout as set -> 10m\nj: kill-after as set -> 1s\n",
    );
    assertEquals(
      await edit("--run-at", "2031-01-01T00:00:00Z"),
      "j: run-at 2030-01-01T00:00:00.000Z -> 2031-01-01T00:00:00.000Z\n",
    );
    assertEquals(await edit("--command", "echo new | cat"), "j: command echo old -> echo new | cat\n");
    assertEquals(
      await edit("--", "echo", "a b"),
      "j: command echo new | cat -> echo 'a b' (without a shell)\n",
    );
    assertEquals(await edit("--queue", "video"), "j: queue default -> video\n");
    assertEquals(await edit("--priority", "5"), "j: it was so already.\n");
    const job = await queue.json<JobShape>("edit", "j", "--priority", "-1");
    assertEquals([job.id, job.priority, job.argv, job.progress], ["j", -1, ["echo", "a b"], null]);
    assertEquals((await queue.json("list"))[0], job);
  });
}

Deno.test("a job that is made due now is taken at once, as it was changed", async () => {
  await using queue = await TestQueue.create(quickest, {
    QUEUECTL_POLL_INTERVAL: "10m",
    QUEUECTL_LEASE: "1h",
  });
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--delay", "1h", "--", "echo old");
  await queue.ok("edit", "j", "--delay", "0s", "--command", "echo new");
  await queue.waitForState("j", "completed");
  assertEquals(await queue.ok("logs", "j"), "new\n");
});

Deno.test("edit refuses what does not wait, and what could not be enqueued", async () => {
  await using queue = await TestQueue.create();
  const usage: [string[], string][] = [
    [["edit"], "it needs the id of a job"],
    [["edit", "j"], "nothing to change is given"],
    [["edit", "j", "k", "--priority", "1"], "it takes one id, not 2"],
    [["edit", "../../x", "--priority", "1"], "that cannot be an id"],
    [["edit", "j", "--priority", "high"], 'Cannot edit job "j": "priority" cannot be "high"'],
    [["edit", "j", "--priority", "1001"], "from -1000 to 1000"],
    [["edit", "j", "--delay", "soon"], "A delay looks like"],
    [["edit", "j", "--run-at", "2026-02-30T00:00:00Z"], "not a date and time that exists"],
    [["edit", "j", "--delay", "1s", "--run-at", "2030-01-01T00:00:00Z"], "Give one of them"],
    [["edit", "j", "--max-retries", "1.5"], '"max_retries" cannot be 1.5'],
    [["edit", "j", "--timeout", "0"], '"timeout" cannot be "0"'],
    [["edit", "j", "--kill-after", "-1s"], '"kill_after" cannot be "-1s"'],
    [["edit", "j", "--command", ""], '"command" is empty'],
    [["edit", "j", "--command", "a", "--", "b"], "--command and -- exclude each other"],
    [["edit", "j", "--"], "no command follows --"],
    [["edit", "j", "--needs", "gpu"], "has no such flag"],
  ];
  const refused = async (args: string[], code: number, found: string) => {
    const { stdout, stderr, code: exit } = await queue.call(args);
    assertEquals([exit, stdout], [code, ""], `${args.join(" ")}: ${stderr}`);
    assertStringIncludes(stderr, "queuectl: Cannot ");
    assertStringIncludes(stderr, found);
  };
  for (const [args, found] of usage) await refused(args, 2, found);
  assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  await queue.ok("worker", "start");
  await queue.ok("enqueue", "--id", "j", "--", waitingJob(queue, "j"));
  await waitForRuns(queue, "j", 1);
  await refused(["edit", "j", "--priority", "1"], 3, 'Cannot edit job "j": it is processing');
  await refused(
    ["edit", "nobody", "--priority", "1", "--json"],
    3,
    'Cannot edit job "nobody": there is no such job',
  );
  await letEnd(queue, "j");
  const job = await queue.waitForState("j", "completed");
  await refused(["edit", "j", "--delay", "1h"], 3, 'Cannot edit job "j": it is completed');
  assertEquals((await queue.job("j")).updated_at, job.updated_at);
});
