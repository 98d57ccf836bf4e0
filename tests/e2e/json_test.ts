/** Every command that reads or changes something has `--json`, and prints what its schema says, and nothing else. */

import { assert, assertEquals } from "@std/assert";
import { commands } from "../../src/cli/commands.ts";
import { topics } from "../../src/cli/topics.ts";
import { checkJson, type JsonForm, jsonSchemas } from "../support/json_schemas.ts";
import { openTestStore } from "../support/open_store.ts";
import { findTestServer, inSchema, newSchemaName, runSql } from "../support/postgres.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { type Program, programs, TestQueue } from "../support/program.ts";
import { WebhookReceiver } from "../support/webhook_receiver.ts";

/** They read and change nothing, print what has a form of its own, or do not return before they are told to. */
const without = ["help", "metrics", "serve", "top", "ui", "worker run"];

const shown = commands.filter((entry) => !entry.isInternal);

Deno.test("every command has --json, and a schema for what it prints", async () => {
  for (const entry of shown) {
    const { flags } = await entry.load();
    const hasJson = flags.some((flag) => flag.name === "json");
    assertEquals(hasJson, !without.includes(entry.name), entry.name);
    if (hasJson) assert(entry.name in jsonSchemas, `${entry.name} has no schema`);
  }
});

for (const program of programs) {
  Deno.test(`what --json prints is what its schema says, and is documented (${program.name})`, async () => {
    const seen = new Set<JsonForm>();
    await using trial = await JsonTrial.start(program, seen);
    await trial.waitingJobs();
    await trial.runningJobs();
    await trial.settledJobs();
    await trial.queues();
    await trial.settingsAndPlaces();
    await trial.moves();
    const unseen = Object.keys(jsonSchemas).filter((form) => !seen.has(form as JsonForm));
    assertEquals(unseen, trial.hasServer ? [] : ["migrate", "migrate --dry-run", "migrate --abort"]);
  });
}

class JsonTrial implements AsyncDisposable {
  readonly #queue: TestQueue;
  readonly #seen: Set<JsonForm>;
  readonly #schema = newSchemaName();
  readonly #server = findTestServer();

  private constructor(queue: TestQueue, seen: Set<JsonForm>) {
    this.#queue = queue;
    this.#seen = seen;
  }

  static async start(program: Program, seen: Set<JsonForm>): Promise<JsonTrial> {
    return new JsonTrial(await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" }), seen);
  }

  get hasServer(): boolean {
    return this.#server !== null;
  }

  async waitingJobs(): Promise<void> {
    const file = this.#queue.path("jobs.jsonl");
    await Deno.writeTextFile(file, `{"id":"f1","command":"true","delay":"1h"}\n`);
    await this.#check("enqueue", ["--id", "a", "--delay", "1h", "--ok-codes", "0,3", "--timeout", "90s"], [
      "true",
    ]);
    await this.#check("enqueue --file", ["--file", file]);
    await this.#check("explain", ["a"]);
    await this.#check("enqueue", ["--id", "child", "--after", "a", "--after-any", "f1"], ["true"]);
    await this.#check("show", ["child"]);
    await this.#check("graph", ["child"]);
    await this.#check("edit", ["a", "--priority", "5"]);
    await this.#check("cancel", ["a"]);
    await this.#check("graph", ["a"]);
    await this.#check("cancel FILTER", ["--state", "pending", "--yes"]);
    await this.#check("retry", ["f1"]);
    await this.#queue.ok("remove", "child");
    await this.#check("remove", ["f1"]);
    await this.#check("status");
  }

  async runningJobs(): Promise<void> {
    const queue = this.#queue;
    const [started] = await this.#check("worker start", ["--tags", "gpu"]) as { id: string }[];
    await queue.ok("enqueue", "--id", "j", "--", `trap : USR1; ${waitingJob(queue, "j")}`);
    await waitForRuns(queue, "j", 1);
    const [worker] = await this.#check("worker list") as { id: string; jobs: string[] }[];
    assertEquals([worker!.id, worker!.jobs], [started!.id, ["j"]]);
    await this.#check("cancel --signal", ["j", "--signal", "USR1"]);
    await this.#check("list", ["--state", "processing"]);
    await letEnd(queue, "j");
    const program = [queue.program.command, ...queue.program.args].map((word) => `'${word}'`).join(" ");
    await queue.ok("run", "--id", "teller", "--", `${program} progress 40 encoding --json`);
    this.#see("progress", JSON.parse(await queue.ok("logs", "teller")));
  }

  async settledJobs(): Promise<void> {
    await this.#check("wait", ["j"]);
    await this.#check("run", [], ["echo", "hello"]);
    await this.#check("enqueue --wait", [], ["true"]);
    await this.#queue.ok("enqueue", "--id", "bad", "--", "exit 3");
    const failed = await this.#queue.call(["wait", "bad", "--json"]);
    assertEquals(failed.code, 3);
    this.#see("wait", JSON.parse(failed.stdout));
    await this.#check("show", ["bad"]);
    await this.#check("logs", ["j"]);
    await this.#check("logs --all", ["bad"]);
    await this.#check("list");
    await this.#check("dlq list");
    await this.#check("dlq list --group");
    await this.#check("stats");
    await this.#check("stats --by command", ["--by", "command"]);
    await this.#check("dlq retry", ["bad"]);
    await this.#queue.waitForState("bad", "dead");
    await this.#check("dlq retry --all");
    await this.#queue.waitForState("bad", "dead");
    await this.#check("dlq purge", ["--all", "--yes"]);
    await this.#check("prune", ["--older-than", "1h", "--dry-run"]);
    await this.#check("prune", ["--older-than", "0s", "--yes"]);
    await this.#check("worker stop", ["--wait"]);
  }

  async queues(): Promise<void> {
    const defaults = ["--priority", "5", "--timeout", "1h", "--backoff", "1s,5s", "--backoff-jitter", "0.5"];
    await this.#check("queue set", ["video", "--limit", "2", "--rate", "10/m", ...defaults]);
    await this.#check("queue throttle", ["video", "--for", "1h"]);
    await this.#check("queue pause", ["video"]);
    await this.#check("queue drain", ["video", "--wait"]);
    await this.#check("queue show", ["video"]);
    await this.#check("queue list");
    await this.#check("queue resume", ["video"]);
    await this.#check("queue rename", ["video", "encode"]);
    await this.#queue.ok("queue", "set", "encode", "--limit", "none", "--rate", "none");
  }

  async settingsAndPlaces(): Promise<void> {
    await this.#check("webhook secret");
    await using receiver = new WebhookReceiver();
    await this.#check("webhook ping", [receiver.url]);
    await this.#check("config set", ["max_retries", "5"]);
    await this.#check("config get", ["max_retries"]);
    await this.#check("config unset", ["max_retries"]);
    await this.#check("config show");
    await this.#check("config path");
    await this.#check("doctor");
    await this.#check("version");
    const folder = this.#queue.path("own");
    await Deno.mkdir(folder);
    const { code, stdout, stderr } = await this.#queue.call(["init", "--json"], { cwd: folder });
    assertEquals(code, 0, stderr);
    this.#see("init", JSON.parse(stdout));
  }

  async moves(): Promise<void> {
    if (this.#server === null) return;
    const to = ["--to", inSchema(this.#server.url, this.#schema)];
    await this.#check("migrate --dry-run", to);
    await this.#check("migrate", to);
    await this.#giveUp();
  }

  /** Takes back a move that a server which is gone has left half done. */
  async #giveUp(): Promise<void> {
    await using other = await TestQueue.create(this.#queue.program);
    await other.ok("enqueue", "--", "true");
    const store = await openTestStore(`${other.home}/queue.sqlite`);
    const to = { id: "m", phase: "copying", other: "postgres://root@127.0.0.1:1/gone" } as const;
    assert(await store.changeMove({ from: null, to, lastSeq: 1 }));
    await store.close();
    this.#see("migrate --abort", await other.json("migrate", "--abort"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    if (this.#server !== null) {
      await runSql(this.#server.url, `DROP SCHEMA IF EXISTS "${this.#schema}" CASCADE`);
    }
  }

  async #check(form: JsonForm, args: readonly string[] = [], rest?: readonly string[]): Promise<unknown> {
    const words = form.split(" ").filter((word) => word !== "FILTER" && !args.includes(word));
    const tail = rest === undefined ? [] : ["--", ...rest];
    const { code, stdout, stderr } = await this.#queue.call([...words, ...args, "--json", ...tail]);
    assertEquals(code, 0, `${form}: ${stderr}`);
    const value = JSON.parse(stdout);
    this.#see(form, value);
    return value;
  }

  #see(form: JsonForm, value: unknown): void {
    checkJson(form, value);
    this.#seen.add(form);
    checkDocumented(value, form);
  }
}

const documented = topics.find((topic) => topic.name === "json")!.text();

/** Names of what a user has named are no fields. */
const named = new Set(["env", "meta", "queues"]);

function checkDocumented(value: unknown, form: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const isField = !Array.isArray(value) && form !== "config show";
    if (isField) assert(new RegExp(`\\b${name}\\b`).test(documented), `${form}: ${name} is not documented`);
    if (!named.has(name)) checkDocumented(inner, form);
  }
}
