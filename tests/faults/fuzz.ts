/**
 * Generated command lines and payloads, in this process and as whole processes: each ends with an exit code from 0
 * to 4 and without a stack trace, what is right is accepted, and what was accepted reads back unchanged.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { resolve } from "@std/path";
import fc from "fast-check";
import { ruleFields } from "../../src/core/rules_payload.ts";
import { quoteWords } from "../../src/core/job.ts";
import { parseDuration } from "../../src/core/duration.ts";
import { type Finished, type JobShape, TestQueue } from "../support/program.ts";
import { FuzzWorld, here } from "./fuzz_world.ts";
import { anyCall, type Call, goesOn } from "./generated_calls.ts";
import type { Scenario, Trial } from "./scenario.ts";

export const fuzz: Scenario = {
  name: "fuzz",
  summary: "generated command lines and payloads: an exit code from 0 to 4, no stack trace, nothing changed",
  async run(trial) {
    await callInProcess(trial, trial.size === "long" ? 100_000 : 3_000);
    await callProcesses(trial, trial.size === "long" ? 200 : 10);
  },
};

/** Whoever calls the program with these arguments, and what `show` says then. */
interface Caller {
  readonly cwd: string;
  call(call: Pick<Call, "args" | "stdin">): Promise<Finished>;
}

/** A store of more calls than this makes listing it the slowest part. */
const callsOfOneWorld = 500;

async function callInProcess(trial: Trial, runs: number): Promise<void> {
  let world = await FuzzWorld.open();
  let calls = 0;
  const caller: Caller = { cwd: here, call: (call) => world.call(call) };
  try {
    await check(trial, runs, async (call) => {
      if (++calls % callsOfOneWorld === 0) {
        world.close();
        world = await FuzzWorld.open();
      }
      return await holds(caller, call);
    });
  } finally {
    world.close();
  }
  trial.checked("a generated call, in process, is answered as promised", runs);
}

async function callProcesses(trial: Trial, runs: number): Promise<void> {
  await using queue = await TestQueue.create();
  const caller: Caller = {
    cwd: queue.path("").slice(0, -1),
    call: ({ args, stdin }) => queue.call(args, { stdin: new TextEncoder().encode(stdin) }),
  };
  await check(trial, runs, async (call) => {
    const canBeGiven = call.args.every((arg) => !arg.includes("\0") && arg.isWellFormed());
    const staysHere = !call.args.some((arg) => arg.startsWith("--home"));
    fc.pre(canBeGiven && staysHere && !goesOn(call) && call.stdin.isWellFormed());
    return await holds(caller, call);
  });
  trial.checked("a generated call, as a process, is answered as promised", runs);
}

/** A call that takes longer waits for something that does not come; milliseconds. */
const longestCallMs = 20_000;

/** Makes as many calls; what they accepted is counted. */
async function check(trial: Trial, runs: number, accepts: (call: Call) => Promise<number>): Promise<void> {
  const seed = trial.random.between(0, 2 ** 31 - 1);
  let accepted = 0;
  const property = fc.asyncProperty(await anyCall(), async (call) => {
    accepted += await accepts(call);
  });
  await fc.assert(property, { seed, numRuns: runs, timeout: longestCallMs });
  trial.broke("generated call", runs);
  trial.checked("an accepted payload reads back unchanged", accepted);
  // Of so many, far more than this are right; of a few, chance may choose only wrong ones.
  assert(
    accepted > runs / 10 || runs < 100,
    `only ${accepted} of ${runs} calls were accepted, so little was looked at`,
  );
}

/** Throws where a promise is broken; returns how many payloads were accepted and compared. */
async function holds(caller: Caller, call: Call): Promise<number> {
  const { code, stdout, stderr } = await caller.call(call);
  assert([0, 1, 2, 3, 4].includes(code), `exit code ${code}: ${stderr}`);
  assert(!/^\s+at /m.test(stderr) && !/mistake in queuectl|Uncaught/.test(stderr), stderr);
  if (code !== 0) assertMatch(stderr, /^queuectl: (ended: )?Cannot /);
  if (call.isRight) assert(code === 0 || /already|in the same batch/.test(stderr), `refused: ${stderr}`);
  if (call.payloads === null || code !== 0) return 0;
  const ids = stdout.split("\n").slice(0, -1);
  assertEquals(ids.length, call.payloads.length, "one id for each job");
  for (const [i, id] of ids.entries()) {
    const shown = await caller.call({ args: ["show", id, "--json"], stdin: "" });
    assertEquals(shown.code, 0, shown.stderr);
    assertReadsBack(JSON.parse(shown.stdout), call.payloads[i], caller.cwd);
  }
  return ids.length;
}

function assertReadsBack(job: JobShape, payload: unknown, cwd: string): void {
  assert(typeof payload === "object" && payload !== null, "what is no JSON object was accepted");
  const asked = new Map<string, unknown>(Object.entries(payload));
  const same = (field: keyof JobShape, wanted: unknown): void => assertEquals(job[field], wanted, field);
  const argv = asked.get("argv") as string[] | undefined;
  same("argv", argv ?? null);
  same("command", argv === undefined ? asked.get("command") : quoteWords(argv));
  same("state", "pending");
  same("priority", (asked.get("priority") as number ?? 0) + 0);
  same("cwd", resolve(cwd, asked.get("cwd") as string ?? ""));
  if (asked.has("id")) same("id", asked.get("id"));
  // Null stands for the default in these two.
  const maxRetries = asked.get("max_retries") as number | null ?? null;
  if (maxRetries !== null) same("max_retries", maxRetries + 0);
  // As lists, so that a variable called __proto__ is compared too.
  assertEquals(Object.entries(job.env), Object.entries(asked.get("env") ?? {}), "env");
  assertEquals(Object.entries(job.meta), Object.entries(asked.get("meta") ?? {}), "meta");
  const stdin = asked.get("stdin") as string | null ?? null;
  same("stdin_bytes", stdin === null ? null : new TextEncoder().encode(stdin).length);
  same("label", asked.get("label") ?? null);
  assertRules(job.rules ?? {}, asked);
  assertDue(job, asked);
}

function assertRules(rules: Readonly<Record<string, unknown>>, asked: ReadonlyMap<string, unknown>): void {
  const wanted = ruleFields.filter((field) => asked.has(field));
  assertEquals(Object.keys(rules), wanted, "rules");
  for (const field of ["ok_codes", "dead_codes", "snooze_codes"] as const) {
    if (!asked.has(field)) continue;
    const codes = new Set(asked.get(field) as number[]);
    assertEquals(rules[field], [...codes].map((code) => code + 0).toSorted((a, b) => a - b), field);
  }
}

function assertDue(job: JobShape, asked: ReadonlyMap<string, unknown>): void {
  const dueAt = Date.parse(job.run_at);
  const wantedAt = Date.parse(asked.get("run_at") as string);
  if (!Number.isNaN(wantedAt)) assertEquals(dueAt, wantedAt, "run_at");
  if (asked.has("run_at")) return;
  const delayMs = parseDuration(asked.get("delay") as string ?? "0")!;
  assertEquals(dueAt - Date.parse(job.created_at), delayMs, "delay");
}
