/** Webhooks with real workers and a real receiver: what is posted, when it is tried again, and what is never shown. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { webhookEvent } from "../../src/web/schemas/webhook.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { openTestStore } from "../support/open_store.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { programs, quickest, type ShownJobShape, TestQueue } from "../support/program.ts";
import { claimOne, newJob, newWorker, settlement } from "../support/sample.ts";
import { isSignedBy, type Received, WebhookReceiver } from "../support/webhook_receiver.ts";

/** Nobody looks by itself before the test is over: what is done in time was woken for it. */
const slow = { QUEUECTL_POLL_INTERVAL: "10m", QUEUECTL_LEASE: "1h", QUEUECTL_BACKOFF_BASE: "0" };

const server = findTestServer();

type Body = (queue: TestQueue, receiver: WebhookReceiver) => Promise<void>;

/** In a home, and where there is a server also on that. */
function onEachStore(name: string, body: Body): void {
  onSqlite(name, body);
  if (server === null) return;
  Deno.test(`${name} (postgres)`, async () => {
    const schema = newSchemaName();
    {
      await using receiver = new WebhookReceiver();
      await using queue = await TestQueue.create(quickest, {
        ...slow,
        QUEUECTL_STORE: inSchema(server.url, schema),
      });
      await body(queue, receiver);
      await queue.ok("worker", "stop", "--wait");
    }
    await runSql(server.url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  });
}

function onSqlite(name: string, body: Body, program = quickest): void {
  Deno.test(`${name} (sqlite)`, async () => {
    await using receiver = new WebhookReceiver();
    await using queue = await TestQueue.create(program, slow);
    await body(queue, receiver);
    await queue.ok("worker", "stop", "--wait");
  });
}

/** The one thing that was received for a job. */
async function received(queue: TestQueue, receiver: WebhookReceiver, job: string): Promise<Received> {
  const found = () => receiver.received.filter(({ json }) => json.data.id === job);
  await queue.waitFor(`the webhook of ${job}`, () => Promise.resolve(found().length > 0));
  assertEquals(found().length, 1);
  return found()[0]!;
}

/** The job that posts for another one, once it has settled so many runs. */
async function delivery(queue: TestQueue, job: string, runs = 1): Promise<ShownJobShape> {
  let found: ShownJobShape | undefined;
  await queue.waitFor(`attempt ${runs} for ${job}`, async () => {
    const jobs = await queue.json<{ id: string; hook_of: string | null }[]>("list", "--queue", "webhooks");
    const id = jobs.find(({ hook_of }) => hook_of === job)?.id;
    if (id === undefined) return false;
    found = await queue.job(id);
    return found.runs.filter(({ outcome }) => outcome !== null).length >= runs;
  });
  return found!;
}

onEachStore("the end of a job is posted once, signed, as the job was", async (queue, receiver) => {
  const secret = (await queue.ok("webhook", "secret")).trim();
  await queue.ok("worker", "start");
  const flags = ["--webhook", `${receiver.url}?from=ü`, "--env", "TOKEN=s3cr3t", "--meta", "owner=ada"];
  await queue.ok("enqueue", "--id", "good", ...flags, "--", "true");
  await queue.ok("enqueue", "--id", "bad", "--max-retries", "2", ...flags, "--", "exit 7");
  const good = await received(queue, receiver, "good");
  const bad = await received(queue, receiver, "bad");
  for (const each of [good, bad]) {
    const { headers, json } = each;
    webhookEvent.parse(json);
    assert(await isSignedBy(each, secret));
    assert(!await isSignedBy({ ...each, bytes: each.bytes.slice(1) }, secret));
    assertEquals([headers.get("webhook-id"), headers.get("content-type")], [json.id, "application/json"]);
    assertMatch(headers.get("user-agent")!, /^queuectl\/\d/);
    assert(Math.abs(Date.now() / 1000 - Number(headers.get("webhook-timestamp"))) < 60);
    assert(!new TextDecoder().decode(each.bytes).includes("s3cr3t"));
  }
  const { state, attempts, exit_code, finished_at, meta } = await queue.job("bad") as ShownJobShape & {
    attempts: number;
    meta: object;
  };
  const told = bad.json.data as unknown as Record<string, unknown>;
  assertEquals([bad.json.type, told.state, told.exit_code], ["job.dead", "dead", 7]);
  assertEquals([told.state, told.attempts, told.exit_code], [state, attempts, exit_code]);
  assertEquals([told.finished_at, told.meta, bad.json.timestamp], [finished_at, meta, finished_at]);
  assertEquals(good.json.type, "job.completed");
  const post = await delivery(queue, "good");
  assertEquals([post.id, post.state], [good.json.id, "completed"]);
  assertEquals(await queue.ok("logs", post.id), "200 OK\nthank you\n");
  // Neither what posts nor what died tells of more.
  assertEquals((await queue.json("list")).length, 4);
  assertEquals(receiver.received.length, 2);
});

for (const program of programs) {
  onSqlite(
    `a failed attempt is tried again, under the same id (${program.name})`,
    async (queue, receiver) => {
      const secret = (await queue.ok("webhook", "secret")).trim();
      receiver.answer = () =>
        receiver.received.length === 1
          ? new Response("no room", { status: 500 })
          : new Response(null, { status: 204 });
      await queue.ok("worker", "start");
      await queue.ok("enqueue", "--id", "a", "--webhook", receiver.url, "--", "true");
      const failed = await delivery(queue, "a");
      assertEquals(failed.state, "pending");
      assertStringIncludes(failed.last_error!, "it was answered with 500 Internal Server Error");
      assertStringIncludes(await queue.ok("logs", failed.id), "500 Internal Server Error\nno room\n");
      const waitMs = Date.parse(failed.run_at) - Date.now();
      assert(waitMs > 0 && waitMs < 6000, `it is tried again in ${waitMs} ms`);
      await queue.ok("retry", failed.id);
      assertEquals((await delivery(queue, "a", 2)).state, "completed");
      const [first, second] = receiver.received;
      assertEquals(receiver.received.length, 2);
      assertEquals(second!.bytes, first!.bytes);
      assertEquals(second!.headers.get("webhook-id"), first!.headers.get("webhook-id"));
      for (const each of receiver.received) assert(await isSignedBy(each, secret));
    },
    program,
  );
}

onSqlite(
  "what is no 2xx is a failure: redirects, silence, nobody there, an end of it",
  async (queue, receiver) => {
    await queue.ok("config", "set", "webhook_timeout", "1s");
    const silent = Promise.withResolvers<Response>();
    receiver.answer = ({ path }) => {
      if (path === "/moved") return new Response(null, { status: 307, headers: { location: receiver.url } });
      if (path === "/silent") return silent.promise;
      return new Response("gone", { status: 410 });
    };
    const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = nobody.addr;
    nobody.close();
    await queue.ok("worker", "start", "--count", "2");
    const enqueue = (id: string, url: string) =>
      queue.ok("enqueue", "--id", id, "--webhook", url, "--", "true");
    await enqueue("moved", `http://${receiver.host}/moved`);
    await enqueue("silent", `http://${receiver.host}/silent`);
    await enqueue("refused", `http://127.0.0.1:${port}/secret-path`);
    const errorOf = async (id: string) => {
      const { state, last_error } = await delivery(queue, id);
      assertEquals(state, "pending", id);
      return last_error!;
    };
    assertStringIncludes(await errorOf("moved"), "307 Temporary Redirect: redirects are not followed");
    assertStringIncludes(await errorOf("silent"), "there was no answer within 1 s");
    assertStringIncludes(
      await errorOf("refused"),
      "it cannot be reached: tcp connect error: Connection refused",
    );
    assertEquals(receiver.received.map(({ path }) => path).toSorted(), ["/moved", "/silent"]);
    silent.resolve(new Response());
    // Whoever wants no more is asked no more.
    await queue.ok("queue", "set", "video", "--webhook", `http://${receiver.host}/gone`);
    await queue.ok("queue", "set", "other", "--webhook", receiver.url);
    await queue.ok("enqueue", "--id", "v", "--queue", "video", "--", "true");
    await queue.ok("cancel", "v");
    const gone = await delivery(queue, "v");
    assertEquals([gone.state, gone.exit_code], ["dead", 3]);
    assertStringIncludes(gone.last_error!, "it was answered with 410 Gone: it wants no more");
    const webhooks = async () => {
      const queues = await queue.json<{ name: string; webhook: string | null }[]>("queue", "list");
      return Object.fromEntries(queues.map(({ name, webhook }) => [name, webhook]));
    };
    await queue.waitFor("the webhook to be off", async () => (await webhooks()).video === null);
    assertEquals((await webhooks()).other, receiver.url);
    assertStringIncludes(
      await Deno.readTextFile(`${queue.home}/logs/queuectl.log`),
      "queue video: its webhook is off",
    );
  },
);

onEachStore(
  "a busy worker of another queue posts what its jobs leave, and what others do",
  async (queue, receiver) => {
    await queue.ok("queue", "set", "video", "--webhook", receiver.url, "--limit", "1");
    await queue.ok("worker", "start", "--queues", "video");
    await queue.ok("enqueue", "--id", "long", "--queue", "video", "--", waitingJob(queue, "long"));
    await waitForRuns(queue, "long", 1);
    // Its only slot is taken, its queue is full.
    await queue.ok("enqueue", "--id", "waiting", "--queue", "video", "--", "true");
    await queue.ok("cancel", "waiting");
    // It is idle for nobody, so it is told by itself alone.
    await queue.ok("enqueue", "--id", "next", "--queue", "video", "--", "true");
    await letEnd(queue, "long");
    for (const id of ["waiting", "long", "next"]) await received(queue, receiver, id);
    assertEquals(receiver.received[0]!.json.type, "job.cancelled");
    assertEquals((await queue.json("list", "--queue", "webhooks")).length, 3);
  },
);

onSqlite("a receiver that is slow keeps no job from running", async (queue, receiver) => {
  const open = Promise.withResolvers<void>();
  receiver.answer = () => open.promise.then(() => new Response());
  await queue.ok("worker", "start");
  for (let i = 0; i < 4; i++) {
    await queue.ok("enqueue", "--id", `a${i}`, "--webhook", receiver.url, "--", "true");
  }
  await queue.waitFor("two that wait for an answer", () => Promise.resolve(receiver.received.length === 2));
  await queue.ok("enqueue", "--id", "b", "--", "true");
  await queue.waitForState("b", "completed");
  assertEquals(receiver.received.length, 2);
  const [third] = await queue.json("list", "--queue", "webhooks", "--state", "pending");
  const explained = await queue.json<{ gate: string }>("explain", third!.id);
  assertEquals(explained.gate, "busy");
  open.resolve();
  await queue.waitFor("all of them", () => Promise.resolve(receiver.received.length === 4));
});

onSqlite(
  "who dies between an end and its webhook leaves it to the next, which tells of it once",
  async (queue, receiver) => {
    const store = await openTestStore(await homeOf(queue));
    await store.registerWorker(newWorker("w"));
    await store.enqueue([
      newJob("a", { webhook: receiver.url, cwd: null }),
      newJob("b", { webhook: receiver.url }),
    ]);
    await store.settle(settlement((await claimOne(store, "w"))!, "completed"));
    await store.cancel("b");
    // It was killed here.
    await store.removeWorker("w");
    await store.close();
    await queue.ok("worker", "start", "--count", "3");
    for (const id of ["a", "b"]) await received(queue, receiver, id);
    await queue.waitFor(
      "both to be settled",
      async () =>
        (await queue.json("list", "--queue", "webhooks")).every(({ state }) => state === "completed"),
    );
    assertEquals(receiver.received.length, 2);
  },
);

async function homeOf(queue: TestQueue): Promise<string> {
  await queue.ok("config", "set", "max_retries", "3");
  const path = `${queue.home}/queue.sqlite`;
  await Deno.writeTextFile(path, "", { mode: 0o600 });
  return path;
}

onSqlite(
  "a secret shows in no process, file, message or list; a URL shows no password",
  async (queue, receiver) => {
    const [secret, url] = [(await queue.ok("webhook", "secret")).trim(), new URL(receiver.url)];
    [url.username, url.password] = ["ada", "pässword"];
    const found = Promise.withResolvers<string[]>();
    receiver.answer = async () => {
      found.resolve(await Promise.all([secret, "p%C3%A4ssword"].map((text) => whereIs(queue, text))));
      return new Response(secret.slice(0, 0));
    };
    await queue.ok("worker", "start");
    const said = await queue.call(["enqueue", "--webhook", "ftp://ada:pässword@x", "--", "true"]);
    assertEquals(said.code, 2);
    const lines = JSON.stringify({ id: "a", command: "env", webhook: url.href });
    assertEquals((await queue.call(["enqueue", "-"], { stdin: lines })).code, 0);
    const { headers } = await received(queue, receiver, "a");
    assertEquals(
      headers.get("authorization"),
      `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode("ada:pässword")))}`,
    );
    // While it is posted: the configuration alone, and for the URL the store and what the process reads.
    const [secretIn, passwordIn] = await found.promise;
    assertEquals(secretIn, "config.json");
    assert(!/environ|cmdline|log/.test(passwordIn!), passwordIn);
    const post = await delivery(queue, "a");
    const set = await queue.ok("queue", "set", "q", "--webhook", url.href, "--json");
    const shown = await Promise.all([
      said.stderr,
      queue.ok("show", "a"),
      queue.ok("show", post.id, "--json"),
      queue.ok("show", post.id),
      queue.ok("list", "--json"),
      queue.ok("logs", "a"),
      queue.ok("config", "show"),
      queue.ok("config", "show", "--json"),
      queue.ok("config", "get", "webhook_secret"),
      set,
      queue.ok("queue", "show", "q"),
    ]);
    for (const text of shown) {
      for (const hidden of [secret, "pässword", "p%C3%A4ssword"]) assert(!text.includes(hidden), text);
    }
    assertStringIncludes(shown[1]!, `webhook    http://…@${receiver.host}/hook`);
    assertStringIncludes(shown[7]!, '"whsec_…"');
  },
);

/** Which processes' environments and arguments, and which files of the home, hold a text; their names. */
async function whereIs(queue: TestQueue, text: string): Promise<string> {
  const script =
    'grep -lsaF -e "$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline | grep -v "/$$/"; grep -rlaF -e "$1" "$2"';
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "sh", text, queue.home] }).output();
  const own = new RegExp(`/proc/${Deno.pid}/`);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "" && !own.test(line))
    .map((line) => line.replace(`${queue.home}/`, "")).filter((line) =>
      !line.startsWith("/proc/") || isThere(line)
    )
    .join(" ");
}

function isThere(path: string): boolean {
  // What only looked is gone by now.
  return new Deno.Command("test", { args: ["-e", path] }).outputSync().success;
}

onSqlite(
  "attempts go by the proxy of the worker's environment, within the trace of their job",
  async (queue, receiver) => {
    const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await queue.call(["worker", "start"], { env: { HTTP_PROXY: `http://${receiver.host}` } });
    await queue.call(["enqueue", "--id", "a", "--webhook", "http://receiver.invalid/far", "--", "true"], {
      env: { TRACEPARENT: parent },
    });
    const { path, headers } = await received(queue, receiver, "a");
    assertEquals([path, headers.get("host"), headers.get("traceparent")], [
      "/far",
      "receiver.invalid",
      parent,
    ]);
  },
);
