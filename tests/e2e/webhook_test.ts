/** What is typed about webhooks: secrets, pings, URLs, and the queue that is theirs. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programs, TestQueue } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";
import { isSignedBy, WebhookReceiver } from "../support/webhook_receiver.ts";

for (const program of programs) {
  Deno.test(`a secret is made once, rotated, and signs pings (${program.name})`, async () => {
    await using receiver = new WebhookReceiver();
    await using queue = await TestQueue.create(program);
    const unsigned = await queue.call(["webhook", "ping", receiver.url]);
    assertEquals([unsigned.code, unsigned.stdout], [0, "200 OK\nthank you\n"]);
    assertEquals(receiver.received[0]!.headers.get("webhook-signature"), null);
    assertEquals(receiver.received[0]!.json.type, "webhook.ping");
    const first = (await queue.ok("webhook", "secret")).trim();
    assertMatch(first, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assertEquals(await queue.ok("webhook", "secret"), `${first}\n`);
    const second = await queue.json<{ secret: string; older: number }>("webhook", "secret", "--rotate");
    assert(second.secret !== first);
    assertEquals(second.older, 1);
    await queue.ok("webhook", "ping", receiver.url);
    for (const secret of [first, second.secret]) {
      assert(await isSignedBy(receiver.received[1]!, secret));
      assert(!await isSignedBy(receiver.received[0]!, secret));
    }
    await queue.ok("webhook", "secret", "--forget-old");
    await queue.ok("webhook", "ping", receiver.url);
    assertEquals(
      [
        await isSignedBy(receiver.received[2]!, first),
        await isSignedBy(receiver.received[2]!, second.secret),
      ],
      [false, true],
    );
    const { mode } = await Deno.stat(`${queue.home}/config.json`);
    assertEquals(mode! & 0o777, 0o600);
    receiver.answer = () => new Response("x".repeat(5000), { status: 410 });
    const refused = await queue.call(["webhook", "ping", receiver.url]);
    assertEquals([refused.code, refused.stdout], [1, `410 Gone\n${"x".repeat(2000)}\n`]);
    assertStringIncludes(refused.stderr, "it was answered with 410 Gone: it wants no more");
  });
}

Deno.test("on a terminal an answer moves nothing: its control characters are shown as marks", async () => {
  await using receiver = new WebhookReceiver();
  await using queue = await TestQueue.create();
  const answer = "a\x1b]0;title\x07b\nc\x9b2J\rd";
  receiver.answer = () => new Response(answer);
  assertEquals(await queue.ok("webhook", "ping", receiver.url), `200 OK\n${answer}\n`);
  await using terminal = Terminal.start(queue, ["webhook", "ping", receiver.url]);
  assertEquals(await terminal.end(), 0);
  assertStringIncludes(terminal.shown, "200 OK\r\na·]0;title·b\r\nc·2J·d\r\n");
});

Deno.test("a secret of the environment is used, and not changed; a wrong one is not shown", async () => {
  await using receiver = new WebhookReceiver();
  const secret = `whsec_${btoa("0123456789abcdef01234567")}`;
  await using queue = await TestQueue.create(undefined, { QUEUECTL_WEBHOOK_SECRET: secret });
  assertEquals(await queue.ok("webhook", "secret"), `${secret}\n`);
  await queue.ok("webhook", "ping", receiver.url);
  assert(await isSignedBy(receiver.received[0]!, secret));
  const rotated = await queue.call(["webhook", "secret", "--rotate"]);
  assertEquals(rotated.code, 3);
  assertStringIncludes(rotated.stderr, "QUEUECTL_WEBHOOK_SECRET sets it here");
  // Jobs get none of it.
  const { stdout } = await queue.call(["config", "set", "webhook_secret", secret]);
  assertEquals(stdout, "");
  const wrong = await queue.call(["status"], { env: { QUEUECTL_WEBHOOK_SECRET: "hunter2hunter2" } });
  assertEquals(wrong.code, 2);
  assert(!wrong.stderr.includes("hunter2"), wrong.stderr);
  assertStringIncludes(wrong.stderr, '"…" is not a value of webhook_secret');
});

Deno.test("what is no webhook is refused, and what is for webhooks alone", async () => {
  await using queue = await TestQueue.create();
  const refused = async (...args: readonly string[]) => {
    const { code, stderr } = await queue.call(args);
    assertEquals(code, 2, stderr);
    assert(!/ada|pass@/.test(stderr), stderr);
    return stderr;
  };
  for (const url of ["ftp://ada:pass@x/", "https://ada:pass@x/#a", "nothing"]) {
    assertStringIncludes(await refused("enqueue", "--webhook", url, "--", "true"), '"webhook" cannot be "');
    for (const words of [["queue", "set", "q", "--webhook", url], ["webhook", "ping", url]]) {
      const said = await refused(...words);
      assertStringIncludes(said, '" is not the URL of a webhook');
      assertStringIncludes(said, "A webhook is the URL of an http or https server");
    }
  }
  // What is shown of a URL is not the URL.
  for (const url of ["http://…@x/", "http://%E2%80%A6@x/"]) {
    for (
      const words of [
        ["enqueue", "--webhook", url, "--", "true"],
        ["enqueue", JSON.stringify({ command: "true", webhook: url })],
        ["queue", "set", "q", "--webhook", url],
        ["webhook", "ping", url],
      ]
    ) {
      assertStringIncludes(
        await refused(...words),
        "a name and password that are not shown: give the whole URL",
      );
    }
  }
  assertStringIncludes(
    await refused("enqueue", "--queue", "webhooks", "--", "true"),
    'the queue "webhooks" is for the jobs that post webhooks',
  );
  await queue.ok("enqueue", "--id", "a", "--delay", "1h", "--", "true");
  await refused("edit", "a", "--queue", "webhooks");
  await refused("queue", "set", "webhooks", "--webhook", "https://x/");
  assertEquals((await queue.call(["queue", "rename", "default", "webhooks"])).code, 3);
  // Its limits and pauses are whoever's who has the queue.
  await queue.ok("queue", "set", "webhooks", "--limit", "1", "--key-limit", "1");
  await queue.ok("queue", "pause", "webhooks");
});

Deno.test("who cancels without a worker leaves what is to be posted, and is told what it lacks", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("queue", "set", "video", "--webhook", "https://ci.example/hook");
  await queue.ok("enqueue", "--id", "a", "--queue", "video", "--", "true");
  await queue.ok("cancel", "a");
  const [post] = await queue.json<{ id: string; hook_of: string; key: string; label: string }[]>(
    "list",
    "--queue",
    "webhooks",
  );
  assertEquals([post!.hook_of, post!.key, post!.label], ["a", "ci.example", "job.cancelled: a"]);
  const explained = await queue.json<{ gate: string; details: { try: string } }>("explain", post!.id);
  assertEquals([explained.gate, explained.details.try], ["no_worker", "queuectl worker start"]);
  const { stderr } = await queue.call(["edit", post!.id, "--priority", "5"]);
  assertStringIncludes(stderr, "priority 0 -> 5");
  await queue.ok("edit", post!.id, "--delay", "1h", "--max-retries", "2");
  const before = await queue.json("show", post!.id);
  for (
    const words of [
      ["--command", "env; cat"],
      ["--priority", "7", "--", "env"],
      ["--queue", "video"],
      ["--timeout", "1h"],
      ["--kill-after", "1s"],
    ]
  ) {
    const { code, stderr } = await queue.call(["edit", post!.id, ...words]);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, `Cannot edit job "${post!.id}": it posts a webhook`);
    assertStringIncludes(stderr, "run_at, delay, priority and max_retries");
  }
  assertEquals(await queue.json("show", post!.id), before);
});
