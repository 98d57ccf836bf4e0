/** Every route over HTTP, good and bad, from source and compiled: the same operations and errors as the commands. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { routes } from "../../src/web/routes.ts";
import type { Method } from "../../src/web/route.ts";
import { checkAnswer } from "../support/api_answers.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import type { Answered } from "../support/answered.ts";
import { programs, TestQueue } from "../support/program.ts";
import { type AskOptions, WebServer } from "../support/web_server.ts";

/** Asks one route, and holds what it answers to its schema. */
class Routes {
  readonly server: WebServer;
  readonly seen = new Set<string>();

  constructor(server: WebServer) {
    this.server = server;
  }

  async textOf(name: string, path: string): Promise<string> {
    const answer = await this.server.ask(`/api/v1${path}`);
    checkAnswer("get", name.split(" ")[1]!, answer);
    this.seen.add(name);
    return answer.text;
  }

  async call(name: string, status: number, path: string, options: AskOptions = {}): Promise<Answered> {
    const [method, route] = name.split(" ") as [Method, string];
    const answer = await this.server.ask(`/api/v1${path}`, { method: method.toUpperCase(), ...options });
    assertEquals<unknown>(answer.status, status, `${name} ${path}: ${answer.text}`);
    checkAnswer(method, route, answer);
    if (status < 400) this.seen.add(name);
    return JSON.parse(answer.text);
  }
}

for (const program of programs) {
  Deno.test(`jobs are accepted, listed, changed and removed over HTTP (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" });
    await using server = await WebServer.start(queue);
    const api = new Routes(server);

    const one = await api.call("post /jobs", 201, "/jobs", {
      json: { id: "a", command: "true", delay: "1h" },
    });
    assertEquals<unknown>([one.id, one.state], ["a", "pending"]);
    const many = await api.call("post /jobs", 201, "/jobs", {
      json: [{ id: "b", command: "exit 3", max_retries: 1 }, { command: "true", label: "<b>&" }],
    });
    assertEquals<unknown>(many.length, 2);
    const refused = await api.call("post /jobs", 409, "/jobs", { json: { id: "a", command: "true" } });
    assertStringIncludes(refused.detail, 'Cannot enqueue job "a": a job of that id is already');
    const unknown = await api.call("post /jobs", 422, "/jobs", { json: { cmd: "true" } });
    assertEquals<unknown>(unknown.hint, 'Did you mean "command"?');
    assertStringIncludes(
      (await api.call("post /jobs", 422, "/jobs", { json: [{ command: "true" }, { command: 7 }] })).detail,
      "job 2 of the list",
    );
    await api.call("post /jobs", 422, "/jobs", { json: { command: "true", run_at: "tomorrow" } });
    await api.call("post /jobs", 422, "/jobs", { json: { command: "true", env_from: ["HOME"] } });
    await api.call("post /jobs", 422, "/jobs", { json: "true" });
    const noUrl = await api.call("post /jobs", 422, "/jobs", {
      json: { command: "true", webhook: "file://ada:pass@x" },
    });
    assertStringIncludes(noUrl.detail, '"webhook" cannot be "file://…@x"');
    await api.call("post /jobs", 422, "/jobs", { json: { command: "true", queue: "webhooks" } });

    const list = await api.call("get /jobs", 200, "/jobs");
    assertEquals<unknown>(list.jobs.map((job) => job.id), [many[1]!.id, "b", "a"]);
    const first = await api.call("get /jobs", 200, "/jobs?limit=2&count=true");
    assertEquals<unknown>([first.jobs.length, first.total], [2, 3]);
    const next = await api.call("get /jobs", 200, `/jobs?limit=2&after=${encodeURIComponent(first.next)}`);
    assertEquals<unknown>([next.jobs.map((job) => job.id), next.next], [["a"], null]);
    assertEquals<unknown>(
      (await api.call("get /jobs", 200, "/jobs?label=%3Cb%3E%26&sort=created")).jobs.length,
      1,
    );
    assertEquals<unknown>(
      (await api.call("get /jobs", 200, "/jobs?command_contains=EXIT&text=b&since=1h")).jobs.length,
      1,
    );
    assertEquals<unknown>((await api.call("get /jobs", 200, "/jobs?after=b")).jobs.length, 1);
    await api.call("get /jobs", 404, "/jobs?after=none");
    for (
      const bad of [
        "limit=0",
        "limit=x",
        "sort=size",
        "state=done",
        "since=x",
        "meta=x",
        "stat=dead",
        "limit=1&limit=2",
        "label=%00",
        "sort=priority&after=a",
      ]
    ) {
      await api.call("get /jobs", 400, `/jobs?${bad}`);
    }

    assertEquals<unknown>((await api.call("get /jobs/{id}", 200, "/jobs/a")).runs, []);
    await api.call("get /jobs/{id}", 404, "/jobs/none");
    await api.call("get /jobs/{id}", 404, "/jobs/%3Cscript%3E");
    assertEquals<unknown>((await api.call("get /jobs/{id}/explain", 200, "/jobs/a/explain")).gate, "delay");
    await api.call("get /jobs/{id}/explain", 404, "/jobs/none/explain");
    await api.call("post /jobs", 201, "/jobs", { json: { id: "child", command: "true", after: ["a"] } });
    const drawn = await api.call("get /jobs/{id}/graph", 200, "/jobs/a/graph");
    assertEquals<unknown>(drawn.edges, [{ from: "a", to: "child", by: "after", state: "open" }]);
    assertEquals<unknown>(
      (await api.call("get /jobs/{id}/graph", 200, "/jobs/a/graph?limit=1")).complete,
      false,
    );
    await api.call("get /jobs/{id}/graph", 404, "/jobs/none/graph");
    await api.call("post /jobs", 404, "/jobs", { json: { command: "true", after: ["none"] } });
    const edited = await api.call("patch /jobs/{id}", 200, "/jobs/a", { json: { priority: 7, delay: "2h" } });
    assertEquals<unknown>(edited.priority, 7);
    await api.call("patch /jobs/{id}", 422, "/jobs/a", { json: { prio: 7 } });
    await api.call("patch /jobs/{id}", 422, "/jobs/a", { json: {} });
    await api.call("patch /jobs/{id}", 404, "/jobs/none", { json: { priority: 7 } });

    assertEquals<unknown>(await api.call("post /jobs/{id}/cancel", 200, "/jobs/a/cancel"), {
      id: "a",
      was: "pending",
    });
    await api.call("patch /jobs/{id}", 409, "/jobs/a", { json: { priority: 1 } });
    await api.call("post /jobs/{id}/signal", 409, "/jobs/a/signal", { json: { signal: "USR1" } });
    await api.call("post /jobs/{id}/signal", 422, "/jobs/a/signal", { json: { signal: "USR9" } });
    assertEquals<unknown>(await api.call("post /jobs/{id}/retry", 200, "/jobs/a/retry"), {
      id: "a",
      was: "cancelled",
    });
    assertEquals<unknown>(
      await api.call("post /jobs/cancel", 200, "/jobs/cancel", { json: { filter: { label: "<b>&" } } }),
      {
        cancelled: 1,
        ending: 0,
      },
    );
    await api.call("post /jobs/cancel", 422, "/jobs/cancel", { json: { filter: {} } });
    await api.call("post /jobs/cancel", 422, "/jobs/cancel", { json: { filter: { state: "dead" } } });
    assertEquals<unknown>(
      await api.call("post /jobs/cancel", 200, "/jobs/cancel", { json: { ids: ["a"] } }),
      [
        { id: "a", was: "pending" },
      ],
    );
    assertEquals<unknown>(await api.call("post /jobs/retry", 200, "/jobs/retry", { json: { ids: ["a"] } }), [
      { id: "a", was: "cancelled" },
    ]);
    await api.call("post /jobs/retry", 404, "/jobs/retry", { json: { ids: ["none"] } });
    assertEquals<unknown>(await api.call("delete /jobs/{id}", 200, "/jobs/a"), { id: "a", was: "pending" });
    await api.call("delete /jobs/{id}", 404, "/jobs/a");
    const rest = await api.call("post /jobs/remove", 200, "/jobs/remove", { json: { ids: [many[1]!.id] } });
    assertEquals<unknown>(rest[0]!.was, "cancelled");

    await runAndLookAt(api, queue);
    const unseen = routes.map(({ method, path }) => `${method} ${path}`).filter((name) =>
      !api.seen.has(name)
    );
    // What goes on for ever is read by tests of its own.
    assertEquals<unknown>(unseen, ["get /events"]);
    assertEquals<unknown>((await server.stop()).code, 0);
  });
}

async function runAndLookAt(api: Routes, queue: TestQueue): Promise<void> {
  await queue.ok("worker", "start");
  await queue.waitForState("b", "dead");
  const dead = await api.call("get /dead-letters", 200, "/dead-letters");
  assertEquals<unknown>(dead.jobs.map((job) => job.id), ["b"]);
  await api.call("get /dead-letters", 400, "/dead-letters?state=dead");
  const [group] = await api.call("get /dead-letters/groups", 200, "/dead-letters/groups?since=1h");
  assertEquals<unknown>([group!.exit_code, group!.count, group!.example], [3, 1, "b"]);
  const found = await api.call(
    "get /dead-letters",
    200,
    `/dead-letters?group=${group!.group}&exit_code=3&contains=EXIT`,
  );
  assertEquals<unknown>(found.jobs.length, 1);
  assertEquals<unknown>(
    (await api.call("get /dead-letters", 200, "/dead-letters?group=0123456789")).jobs,
    [],
  );
  assertEquals<unknown>((await api.call("get /dead-letters", 200, "/dead-letters?older_than=1h")).jobs, []);
  for (const bad of ["group=x", "exit_code=-1", "older_than=x", "since=x", "contains="]) {
    await api.call("get /dead-letters", 400, `/dead-letters?${bad}`);
  }
  const retry = (status: number, json: unknown) =>
    api.call("post /dead-letters/retry", status, "/dead-letters/retry", { json });
  assertEquals<unknown>(await retry(200, { ids: ["b"] }), [{ id: "b", was: "dead" }]);
  await queue.waitForState("b", "dead");
  assertEquals<unknown>(await retry(200, { filter: { group: group!.group }, pace: "10/s" }), {
    retried: 1,
    without_key: 0,
  });
  await queue.waitForState("b", "dead");
  assertEquals<unknown>(await retry(200, { all: true }), { retried: 1, without_key: 0 });
  await queue.waitForState("b", "dead");
  await retry(422, { filter: {} });
  await retry(404, { ids: ["none"] });
  await api.call("post /dead-letters/purge", 422, "/dead-letters/purge", { json: { filter: {} } });
  const purged = await api.call("post /dead-letters/purge", 200, "/dead-letters/purge", {
    json: { filter: { exit_code: 3 } },
  });
  assertEquals<unknown>(purged, { deleted: 1 });
  await api.call("post /dead-letters/retry", 422, "/dead-letters/retry", { json: { all: false } });

  await api.call("post /jobs", 201, "/jobs", {
    json: { id: "j", command: `trap : USR1; ${waitingJob(queue, "j")}` },
  });
  await waitForRuns(queue, "j", 1);
  assertEquals<unknown>(
    await api.call("post /jobs/{id}/signal", 200, "/jobs/j/signal", { json: { signal: "USR1" } }),
    {
      id: "j",
      was: "processing",
      signal: "SIGUSR1",
    },
  );
  await api.call("delete /jobs/{id}", 409, "/jobs/j");
  const [worker] = await api.call("get /workers", 200, "/workers");
  assertEquals<unknown>([worker!.state, worker!.jobs], ["busy", ["j"]]);
  assertEquals<unknown>((await api.call("get /status", 200, "/status")).processing, 1);
  const server = await api.call("get /server", 200, "/server");
  assertEquals<unknown>([server.read_only, server.has_login], [false, false]);
  assertEquals<unknown>(await api.call("get /waiting", 200, "/waiting"), []);
  for (const id of ["w1", "w2"]) {
    await api.call("post /jobs", 201, "/jobs", { json: { id, command: "true" } });
  }
  const [oldest, ...others] = await api.call("get /waiting", 200, "/waiting");
  assertEquals<unknown>([oldest!.queue, oldest!.id, others], ["default", "w1", []]);
  await api.call("post /jobs/remove", 200, "/jobs/remove", { json: { ids: ["w1", "w2"] } });
  await letEnd(queue, "j");
  await queue.waitForState("j", "completed");
  const ran = await api.call("get /stats", 200, "/stats?since=1h");
  assertEquals<unknown>(ran.by, "queue");
  assertEquals(ran.rows.map(({ queue, completed }) => [queue, completed]), [["default", 1]]);
  assertEquals<unknown>((await api.call("get /stats", 200, "/stats?by=command")).by, "command");
  const fine = await api.call("get /stats", 200, "/stats?since=1h&points=62&rows=0");
  assertEquals<unknown>(fine.rows, []);
  const { points } = fine.total as { points: { completed: number; run_ms: { p50: number | null } }[] };
  assert(points.length > 55, `${points.length} points`);
  assertEquals(points.filter(({ completed }) => completed > 0).map(({ run_ms }) => run_ms.p50 !== null), [
    true,
  ]);
  for (const bad of ["since=32d", "since=x", "by=label", "points=0", "points=401", "rows=-1"]) {
    await api.call("get /stats", 400, `/stats?${bad}`);
  }

  await api.call("post /jobs", 201, "/jobs", { json: { id: "o", command: "echo out; echo err >&2" } });
  await queue.waitForState("o", "completed");
  assertEquals<unknown>(
    await api.textOf("get /jobs/{id}/runs/{number}/stdout", "/jobs/o/runs/1/stdout"),
    "out\n",
  );
  assertEquals<unknown>(
    await api.textOf("get /jobs/{id}/runs/{number}/stderr", "/jobs/o/runs/1/stderr"),
    "err\n",
  );
  for (
    const bad of [
      "/jobs/o/runs/2/stdout",
      "/jobs/o/runs/0/stdout",
      "/jobs/o/runs/x/stdout",
      "/jobs/no/runs/1/stdout",
    ]
  ) {
    await api.call("get /jobs/{id}/runs/{number}/stdout", 404, bad);
  }

  const [only] = await api.call("get /queues", 200, "/queues");
  assertEquals<unknown>(only!.name, "default");
  const paused = await api.call("patch /queues/{name}", 200, "/queues/default", {
    json: { state: "paused", limit: 2, key_limit: 1, rate: "10/m", throttle_for: "1h" },
  });
  assertEquals<unknown>([paused.state, paused.limit, paused.key_limit, paused.rate], [
    "paused",
    2,
    1,
    "10/m",
  ]);
  const open = await api.call("patch /queues/{name}", 200, "/queues/default", {
    json: { state: "open", limit: null, rate: null, throttle_for: null },
  });
  assertEquals<unknown>([open.state, open.limit, open.rate, open.throttled_until], [
    "open",
    null,
    null,
    null,
  ]);
  for (
    const bad of [{}, { state: "closed" }, { limit: 0 }, { rate: "fast" }, { throttle_for: "x" }, { limt: 1 }]
  ) {
    await api.call("patch /queues/{name}", 422, "/queues/default", { json: bad });
  }
  await api.call("patch /queues/{name}", 422, "/queues/a*", { json: { limit: 1 } });
  const told = await api.call("patch /queues/{name}", 200, "/queues/default", {
    json: { webhook: "https://ada:pass@ci.example/hook" },
  });
  assertEquals<unknown>(told.webhook, "https://…@ci.example/hook");
  const quiet = await api.call("patch /queues/{name}", 200, "/queues/default", { json: { webhook: null } });
  assertEquals<unknown>(quiet.webhook, null);
  for (const webhook of ["ftp://ada:pass@x/", "no", "https://x/#a", 7]) {
    const refused = await api.call("patch /queues/{name}", 422, "/queues/default", { json: { webhook } });
    assertEquals<unknown>(refused.detail.includes("pass"), false);
  }
  for (
    const [name, path] of [["patch /queues/{name}", "/queues/default"], ["post /jobs", "/jobs"]] as const
  ) {
    const json = { webhook: told.webhook, ...(path === "/jobs" ? { command: "true" } : {}) };
    const shown = await api.call(name, 422, path, { json });
    assertStringIncludes(`${shown.detail} ${shown.hint}`, "give the whole URL");
  }
  await api.call("patch /queues/{name}", 422, "/queues/webhooks", { json: { webhook: "https://x/" } });
  assertEquals<unknown>((await api.call("get /queues/{name}", 200, "/queues/default")).key_limit, 1);
  await api.call("get /queues/{name}", 404, "/queues/none");

  await api.call("post /jobs", 201, "/jobs", { json: { command: "true", queue: "slow" } });
  await api.call("post /jobs", 201, "/jobs", { json: { command: "true", queue: "slow", delay: "1h" } });
  const rename = (name: string, status: number, json: unknown) =>
    api.call("post /queues/{name}/rename", status, `/queues/${name}/rename`, { json });
  assertEquals<unknown>(await rename("slow", 200, { to: "later" }), { from: "slow", to: "later", jobs: 2 });
  await rename("slow", 404, { to: "other" });
  await rename("later", 409, { to: "later" });
  await rename("later", 409, { to: "default" });
  await rename("a*", 422, { to: "b" });
  for (const bad of [{}, { to: "*" }, { to: "" }, { to: "b", and: 1 }]) await rename("later", 422, bad);
  await queue.ok("worker", "stop");
}

Deno.test("of a job that posts a webhook only time, priority and attempts are changed over HTTP", async () => {
  await using queue = await TestQueue.create();
  await using server = await WebServer.start(queue);
  const api = new Routes(server);
  await api.call("post /jobs", 201, "/jobs", {
    json: { id: "a", command: "true", delay: "1h", webhook: "https://ada:pass@ci.example/hook" },
  });
  await api.call("post /jobs/{id}/cancel", 200, "/jobs/a/cancel");
  const { jobs: [post] } = await api.call("get /jobs", 200, "/jobs?queue=webhooks");
  const path = `/jobs/${post!.id}`;
  for (
    const json of [{ command: "env; cat" }, { argv: ["env"], priority: 1 }, { queue: "q" }, { timeout: "1h" }]
  ) {
    const refused = await api.call("patch /jobs/{id}", 409, path, { json });
    assertStringIncludes(refused.detail, "it posts a webhook");
  }
  const json = { delay: "1h", priority: 7, max_retries: 2 };
  const edited = await api.call("patch /jobs/{id}", 200, path, { json });
  assertEquals<unknown>([edited.priority, edited.max_retries, edited.command], [
    7,
    2,
    "queuectl webhook post",
  ]);
});
