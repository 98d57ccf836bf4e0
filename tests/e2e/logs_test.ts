/** What runs wrote: of all of them, their last lines, and followed until the job has ended. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { TestQueue } from "../support/program.ts";

const atOnce = { QUEUECTL_BACKOFF_BASE: "0" };
const speaking = "echo out$QUEUECTL_ATTEMPT; echo err$QUEUECTL_ATTEMPT >&2; exit 1";

Deno.test("logs --all shows every run, oldest first, and nothing else in a pipe", async () => {
  await using queue = await TestQueue.create(undefined, atOnce);
  await queue.ok("enqueue", "--id", "j", "--max-retries", "3", "--", speaking);
  assertStringIncludes((await queue.call(["logs", "j", "--all"])).stderr, "has not run yet; it is pending");
  assertEquals(await queue.json<unknown>("logs", "j", "--all"), []);
  await queue.ok("worker", "start");
  await queue.waitForState("j", "dead");
  const { stdout, stderr } = await queue.call(["logs", "j", "--all"]);
  assertEquals([stdout, stderr], ["out1\nerr1\nout2\nerr2\nout3\nerr3\n", ""]);
  assertEquals(await queue.ok("logs", "j", "--all", "--stderr"), "err1\nerr2\nerr3\n");
  assertEquals(
    await queue.json<unknown>("logs", "j", "--all", "--stdout"),
    [1, 2, 3].map((run) => ({ id: "j", run, stdout: `out${run}\n`, stderr: null })),
  );
});

Deno.test("logs --tail shows the last lines, byte by byte, from the store and from files", async () => {
  await using queue = await TestQueue.create();
  const small = "printf 'a\\nb\\n\\377\\000c'; printf '1\\n2\\n3\\n' >&2";
  await queue.ok("enqueue", "--id", "small", "--", small);
  await queue.ok("enqueue", "--id", "big", "--", "seq 1 20000");
  await queue.ok("worker", "start");
  await queue.waitForState("big", "completed");
  const { stdout } = await queue.spawn(["logs", "small", "--tail", "2"]).output();
  assertEquals(stdout, Uint8Array.of(98, 10, 255, 0, 99, 50, 10, 51, 10));
  assertEquals(await queue.ok("logs", "small", "--stderr", "--tail", "1"), "3\n");
  assertEquals(await queue.ok("logs", "small", "--tail", "0"), "");
  assertEquals(await queue.ok("logs", "small", "--stderr", "--tail", "99"), "1\n2\n3\n");
  const shape = { id: "small", run: 1, stdout: null, stderr: "2\n3\n" };
  assertEquals(await queue.json<unknown>("logs", "small", "--stderr", "--tail", "2"), shape);
  assertEquals(await queue.ok("logs", "big", "--tail", "3"), "19998\n19999\n20000\n");
  assertEquals((await queue.ok("logs", "big", "--tail", "15000")).slice(0, 5), "5001\n");
  await Deno.remove(`${queue.home}/runs`, { recursive: true });
  // What was asked for is there as a whole, or it is said what is not.
  const whole = await queue.call(["logs", "big", "--tail", "3"]);
  assertEquals([whole.stdout, whole.stderr], ["19998\n19999\n20000\n", ""]);
  const part = await queue.call(["logs", "big", "--tail", "15000"]);
  assertEquals(part.stdout.length, 65_536);
  assertStringIncludes(part.stderr, "bytes of stdout are not here any more");
});

Deno.test("logs --tail of output that was cut ends with the mark of the cut", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_OUTPUT_LIMIT: "100KB" });
  await queue.ok("enqueue", "--id", "loud", "--", "yes 123456789 | head -c 1000000");
  await queue.ok("worker", "start");
  await queue.waitForState("loud", "completed");
  const mark = "[queuectl: output was cut here, at output_limit 100KB]\n";
  assertEquals(await queue.ok("logs", "loud", "--tail", "3"), `123456789\n\n${mark}`);
});

Deno.test("logs --follow=job goes on through the retries until the job has ended", async () => {
  await using queue = await TestQueue.create(undefined, atOnce);
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--max-retries",
    "3",
    "--",
    `${waitingJob(queue, "j")}; ${speaking}`,
  );
  const following = queue.call(["logs", "j", "--follow=job"]);
  const ofOne = queue.call(["logs", "j", "--stdout", "--follow"]);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  await letEnd(queue, "j");
  const { code, stdout, stderr } = await following;
  assertEquals([code, stdout], [0, "out1\nerr1\nout2\nerr2\nout3\nerr3\n"]);
  assertEquals(
    stderr,
    "── run 1 ended: failed\n── run 2 ended: failed\n── run 3 ended: failed\n── job j is dead\n",
  );
  const one = await ofOne;
  assertEquals([one.stdout, one.stderr], ["out1\n", "── run 1 ended: failed\n"]);
  const late = async (...flags: string[]) =>
    (await queue.call(["logs", "j", "--follow=job", ...flags])).stdout;
  assertEquals(await late(), "out3\nerr3\n");
  assertEquals(await late("--run", "2", "--stderr"), "err2\nerr3\n");
  assertEquals(await late("--all", "--stdout", "--tail", "1"), "out1\nout2\nout3\n");
});

Deno.test("logs --tail with --follow begins with the last lines, and goes on with all that comes", async () => {
  await using queue = await TestQueue.create();
  await queue.ok(
    "enqueue",
    "--id",
    "j",
    "--",
    `echo old; echo 1; echo 2; ${waitingJob(queue, "j")}; echo 3; echo 4`,
  );
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const following = queue.spawn(["logs", "j", "-f", "--tail", "2"]);
  const reader = following.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  for (let part; !(part = await reader.read()).done;) {
    seen += part.value;
    if (seen === "1\n2\n") await letEnd(queue, "j");
  }
  assertEquals(seen, "1\n2\n3\n4\n");
  assertStringIncludes(await new Response(following.stderr).text(), "run 1 ended: completed");
  assertEquals((await following.status).code, 0);
});

Deno.test("Ctrl-C ends the following, and leaves no listener behind", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `echo here; ${waitingJob(queue, "j")}`);
  await queue.ok("worker", "start");
  await waitForRuns(queue, "j", 1);
  const following = queue.spawn(["logs", "j", "--follow"]);
  const reader = following.stdout.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "here\n");
  following.kill("SIGINT");
  assertEquals((await following.status).code, 130);
  await reader.cancel();
  await following.stderr.cancel();
  assertEquals([...Deno.readDirSync(`${queue.home}/wake/waiters`)], []);
  assertEquals((await queue.job("j")).state, "processing");
});

Deno.test("on a terminal each run of logs --all has a heading", async () => {
  await using queue = await TestQueue.create(undefined, atOnce);
  await queue.ok("enqueue", "--id", "j", "--max-retries", "2", "--", "printf out$QUEUECTL_ATTEMPT; exit 1");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "dead");
  const { command, args } = queue.program;
  const words = [command, ...args, "logs", "j", "--all", "--stdout"].map((word) => `'${word}'`).join(" ");
  let finished;
  try {
    finished = await new Deno.Command("script", {
      args: ["-qec", words, "/dev/null"],
      env: { QUEUECTL_HOME: queue.home, NO_COLOR: "1", DENO_SQLITE_PATH: "" },
      stdin: "null",
    }).output();
  } catch {
    return console.error("!!! not tested: there is no terminal to be had here (script)");
  }
  const text = new TextDecoder().decode(finished.stdout).replaceAll("\r\n", "\n");
  assertEquals(text, "── run 1: failed\nout1\n── run 2: failed\nout2\n");
});

Deno.test("logs refuses flags that do not go together, before it opens anything", async () => {
  await using queue = await TestQueue.create();
  const cases: [string[], string][] = [
    [["--all", "--run", "1"], "--all and --run exclude each other"],
    [["--all", "--follow"], "with --all it is --follow=job"],
    [["--follow=jobs"], '--follow is given alone or as --follow=job, not with "jobs"'],
    [["--follow="], '--follow is given alone or as --follow=job, not with ""'],
    [["--follow=job", "--json"], "--follow and --json exclude each other"],
    [["--follow", "--follow=job"], "--follow is given twice"],
    [["--follow", "job"], "it takes one id, not 2"],
    [["--tail", "-1"], '--tail must be a whole number from 0 to 1000000000, not "-1"'],
    [["--tail", "few"], '--tail must be a whole number from 0 to 1000000000, not "few"'],
    [["--tail"], "--tail needs a value (N)"],
    [["--all=yes"], "--all takes no value"],
  ];
  for (const [flags, found] of cases) {
    const { code, stdout, stderr } = await queue.call(["logs", "j", ...flags]);
    assertEquals([code, stdout], [2, ""], `${flags.join(" ")}: ${stderr}`);
    assertStringIncludes(stderr, found);
    assertStringIncludes(stderr, "See: queuectl logs --help");
  }
  assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  await queue.ok("enqueue", "--id", "j", "--", "true");
  await queue.ok("cancel", "j");
  const refused = await queue.call(["logs", "j", "--follow=job"]);
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, 'Cannot follow job "j": it is cancelled');
});
