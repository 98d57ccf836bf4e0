/** Queues as people use them: settings, defaults, pausing, draining, names; and what is refused. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { programs, quickest, TestQueue } from "../support/program.ts";

const isoNow = () => new Date().toISOString();

for (const program of programs) {
  Deno.test(`queue set says what a queue is then, and of a new one that it is new (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const said = async (...args: string[]) => (await queue.call(["queue", ...args])).stderr;
    assertEquals(
      await said("set", "video", "--limit", "2", "--rate", "10/m"),
      "There are no jobs in video yet.\nvideo: limit 2 (0 running); rate 10/m\n",
    );
    assertEquals(await said("set", "video", "--limit", "none"), "video: limit none (0 running)\n");
    assertEquals(
      await said("set", "vidoe", "--key-limit", "1"),
      'There are no jobs in vidoe yet. Did you mean "video"?\nvidoe: key-limit 1\n',
    );
    assertEquals(
      await said("pause", "video"),
      "video is paused: accepts jobs, and starts none (0 waiting, 0 running).\n",
    );
    assertEquals(
      (await queue.ok("queue", "list")).split("\n").map((line) => line.split(/ {2,}/).slice(0, 5)),
      [
        ["QUEUE", "STATE", "RUNNING", "KEY LIMIT", "RATE"],
        ["video", "paused", "0", "-", "10/m"],
        ["vidoe", "open", "0", "1", "-"],
        [""],
      ],
    );
    assertStringIncludes(await queue.ok("queue", "show", "video"), "rate       10/m\n");
    assertEquals(await queue.ok("queue", "pause", "video"), "", "data only on stdout");
  });
}

Deno.test("jobs get what their queue has set, unless they say it; other queues do not", async () => {
  await using queue = await TestQueue.create(quickest, { QUEUECTL_MAX_RETRIES: "7" });
  await queue.ok(
    ...[
      "queue",
      "set",
      "video",
      "--timeout",
      "2h",
      "--max-retries",
      "1",
      "--priority",
      "5",
      "--kill-after",
      "1s",
    ],
    ...["--backoff", "linear", "--backoff-base", "30s", "--backoff-max", "5m", "--backoff-jitter", "0.5"],
  );
  await queue.ok("enqueue", "--id", "all", "--queue", "video", "--", "true");
  await queue.ok(
    ...[
      "enqueue",
      "--id",
      "own",
      "--queue",
      "video",
      "--timeout",
      "1m",
      "--priority",
      "0",
      "--max-retries",
      "2",
    ],
    ...["--backoff", "1s,2s", "--", "true"],
  );
  await queue.ok("enqueue", "--id", "other", "--", "true");
  const [all, own, other] = [await queue.job("all"), await queue.job("own"), await queue.job("other")];
  const shown = ({ priority, max_retries, rules, ...job }: typeof all) => [
    priority,
    max_retries,
    (job as unknown as { timeout: string | null }).timeout,
    rules,
  ];
  assertEquals(shown(all), [5, 1, "2h", {
    backoff: "linear",
    backoff_base: 30,
    backoff_max: "5m",
    backoff_jitter: 0.5,
  }]);
  assertEquals(shown(own), [0, 2, "1m", { backoff: "1s,2s", backoff_max: "5m", backoff_jitter: 0.5 }]);
  assertEquals(shown(other), [0, 7, null, null]);
  // What was taken away does not come back with a job that is there already.
  await queue.ok("queue", "set", "video", "--timeout", "none", "--backoff-max", "none", "--priority", "none");
  assertEquals(shown(await queue.job("all")), shown(all));
  await queue.ok("enqueue", "--id", "later", "--queue", "video", "--", "true");
  assertEquals(shown(await queue.job("later")).slice(0, 3), [0, 1, null]);
});

Deno.test("a draining queue refuses jobs, finishes what it has, and is open again after resume", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", "sleep 0.2");
  await queue.ok("queue", "drain", "default");
  const refused = await queue.call(["enqueue", "--id", "k", "--", "true"]);
  assertEquals([refused.code, refused.stdout], [3, ""]);
  assertStringIncludes(refused.stderr, 'Cannot enqueue job "k": its queue "default" is draining');
  assertStringIncludes(refused.stderr, "queuectl queue resume default");
  const early = await queue.call(["queue", "drain", "default", "--wait", "--timeout", "300ms"]);
  assertEquals(early.code, 124);
  assertStringIncludes(early.stderr, "The time is up: default drains on.");
  await queue.ok("worker", "start");
  await queue.ok("queue", "drain", "default", "--wait", "--timeout", "20s");
  assertEquals((await queue.job("j")).state, "completed");
  await queue.ok("queue", "resume", "default");
  await queue.ok("enqueue", "--id", "k", "--", "true");
  await queue.waitForState("k", "completed");
});

Deno.test("of a file none is stored where one line is for a queue that drains; the line is named", async () => {
  await using queue = await TestQueue.create();
  await queue.call(["queue", "drain", "video"]);
  const lines = '{"command":"true"}\n\n{"id":"v","command":"true","queue":"video"}\n';
  const { code, stderr } = await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals(code, 3);
  assertStringIncludes(
    stderr,
    'Cannot enqueue line 3, so none of them: job "v": its queue "video" is draining',
  );
  assertEquals(await queue.json("list"), []);
});

Deno.test("a throttle tells until when, and ends by 0s", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--queue", "mail", "--", "true");
  const throttled = await queue.json<{ throttled_until: string }>(
    "queue",
    "throttle",
    "mail",
    "--for",
    "60s",
  );
  const leftMs = Date.parse(throttled.throttled_until) - Date.parse(isoNow());
  assert(leftMs > 50_000 && leftMs <= 60_000, String(leftMs));
  assertStringIncludes((await queue.call(["queue", "resume", "mail"])).stderr, "mail is throttled");
  const ended = await queue.call(["queue", "throttle", "mail", "--for", "0s"]);
  assertEquals(ended.stderr, "mail is not throttled.\n");
});

Deno.test("a renamed queue keeps what runs; its jobs are listed by the new name", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "j", "--", `sleep 0.5; echo "$QUEUECTL_QUEUE"`);
  await queue.ok("worker", "start");
  await queue.waitForState("j", "processing");
  assertEquals(
    (await queue.call(["queue", "rename", "default", "video"])).stderr,
    "default is video now, with 1 job.\n",
  );
  await queue.waitForState("j", "completed");
  assertEquals((await queue.json("list", "--queue", "video")).map(({ id }) => id), ["j"]);
});

for (
  const [args, code, found, hint] of [
    [
      ["show", "vide"],
      3,
      'Cannot show queue "vide": it has no jobs and no settings',
      'Did you mean "video"?',
    ],
    [["rename", "vide", "x"], 3, 'Cannot rename queue "vide"', 'Did you mean "video"?'],
    [["rename", "video", "audio"], 3, '"audio" has jobs or settings of its own', "Choose a name"],
    [["rename", "video"], 2, "it takes the old and the new name, not 1 words", "--help"],
    [["set", "video"], 2, "nothing to change is given", "--help"],
    [["set"], 2, "it needs the name of a queue", "--help"],
    [["set", "a", "b", "--limit", "1"], 2, "it takes one queue, not 2", "--help"],
    [
      ["set", "vid*", "--limit", "1"],
      2,
      'Cannot use "vid*": that is no name of a queue',
      "only workers take patterns",
    ],
    [["set", "video", "--limit", "0"], 2, '--limit: "0"', "queue pause"],
    [
      ["set", "video", "--key-limit", "x"],
      2,
      '--key-limit: "x"',
      'whole number from 1 to 1000000, or "none"',
    ],
    [["set", "video", "--rate", "10"], 2, '--rate: "10" is no rate', "10/m"],
    [["set", "video", "--priority", "2000"], 2, '"priority" cannot be 2000', "-1000 to 1000"],
    [["set", "video", "--backoff", "linea"], 2, "neither a duration nor a shape", 'Did you mean "linear"?'],
    [["set", "video", "--limt", "1"], 2, "no such flag", 'Did you mean "--limit"?'],
    [["pause"], 2, "it needs the names of queues", "--help"],
    [["pause", "*"], 2, "that is no name of a queue", "Name each queue"],
    [["paus", "video"], 2, 'Cannot run "queue paus"', 'Did you mean "queuectl queue pause"?'],
    [["throttle", "video"], 2, "it needs --for", "--help"],
    [["throttle", "video", "--for", "10"], 2, "--for must be a duration", "--help"],
    [["drain", "video", "--timeout", "10s"], 2, "--timeout is for --wait", "--help"],
  ] as const
) {
  Deno.test(`queue ${args.join(" ")} is refused`, async () => {
    await using queue = await TestQueue.create();
    await queue.ok("enqueue", "--queue", "video", "--", "true");
    await queue.call(["queue", "set", "audio", "--limit", "1"]);
    const finished = await queue.call(["queue", ...args]);
    assertEquals([finished.code, finished.stdout], [code, ""]);
    assertStringIncludes(finished.stderr, found);
    assertStringIncludes(finished.stderr, hint);
  });
}
