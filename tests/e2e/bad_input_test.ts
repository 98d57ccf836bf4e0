/** Bad input, bad surroundings: an explanation and the right exit code, never a stack trace, never silence. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Finished,
  isAlive,
  type Program,
  programs,
  type StatusShape,
  TestQueue,
  type WorkerShape,
} from "../support/program.ts";

for (const program of programs) defineBadInput(program);

/** An explained refusal: exit code, words on stderr, nothing on stdout. */
function assertRefused(result: Finished, code: number, ...words: string[]): void {
  assertEquals(result.code, code, result.stderr);
  assertEquals(result.stdout, "");
  assertMatch(result.stderr, /^queuectl: Cannot /);
  assert(!/\n\s+at |Uncaught|error: /.test(result.stderr), `a stack trace:\n${result.stderr}`);
  for (const word of words) assertStringIncludes(result.stderr, word);
}

function defineBadInput(program: Program): void {
  const bad = (name: string, body: (queue: TestQueue) => Promise<void>): void =>
    Deno.test(`${name} (${program.name})`, async () => {
      await using queue = await TestQueue.create(program);
      await body(queue);
    });

  bad("unknown parents and cycles are refused with their lines, and nothing is accepted", async (queue) => {
    await queue.ok("enqueue", "--id", "old", "--", "true");
    assertRefused(
      await queue.call(["enqueue", "--after", "old,nobody", "--", "true"]),
      3,
      'waits for job "nobody"',
    );
    const line = (id: string, ...after: string[]) => JSON.stringify({ id, command: "true", after });
    const unknown = [line("a"), "", line("b", "a", "nobody")].join("\n");
    assertRefused(
      await queue.call(["enqueue", "-"], { stdin: unknown }),
      3,
      "line 3, so none of them",
      '"nobody"',
    );
    const cycle = [line("x"), line("a", "c"), line("b", "a"), line("c", "b", "old")].join("\n");
    assertRefused(
      await queue.call(["enqueue", "-"], { stdin: cycle }),
      2,
      "line 2, so none",
      "a → c → b → a",
    );
    assertEquals((await queue.json<StatusShape>("status")).total, 1);
    assertRefused(await queue.call(["graph", "nobody"]), 3, "there is no such job");
  });

  bad("a job for which others wait is not removed, and a blocked one not retried", async (queue) => {
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await queue.ok("enqueue", "--id", "b", "--after", "a", "--", "true");
    assertRefused(await queue.call(["remove", "a"]), 3, "job b waits for it");
    assertRefused(await queue.call(["retry", "b"]), 3, "it is blocked");
    await queue.ok("cancel", "b");
    await queue.ok("remove", "a");
  });

  bad("bad jobs are refused before anything is opened", async (queue) => {
    const cases: [string[], ...string[]][] = [
      [
        ["enqueue", '{"id":"a" "command":"x"}'],
        "it is not JSON",
        '    {"id":"a" "command":"x"}\n              ^',
      ],
      [["enqueue", "[]"], "not an array"],
      [["enqueue", "{}"], 'it has no "command"'],
      [["enqueue", '{"command":""}'], '"command" is empty'],
      [["enqueue", '{"command":"a\\u0000b"}'], "NUL"],
      [["enqueue", '{"comand":"x"}'], 'Did you mean "command"?'],
      [["enqueue", "--id", "a b", "--", "true"], '"a b" cannot be its id'],
      [["enqueue", "--id", "../../x", "--", "true"], "cannot be its id"],
      [["enqueue", "--id", "x".repeat(300), "--", "true"], "cannot be its id"],
      [["enqueue", '{"command":"x","max_retries":-1}'], "max_retries is a whole number from 0 to 1000"],
      [["enqueue", "--max-retries", "1.5", "--", "true"], '"max_retries" cannot be 1.5'],
      [["enqueue", "--run-at", "2026-02-30T00:00:00Z", "--", "true"], "not a date and time that exists"],
      [["enqueue", "--run-at", "banana tomorrow", "--", "true"], 'only "tomorrow" is understood'],
      [["enqueue", "--run-at", "tomorrow", "--", "true"], "it names no time of day", '"tomorrow 9:00"'],
      [["enqueue", "--run-at", "yesterday 9:00", "--", "true"], "it is in the past"],
      [["enqueue", "--run-at", "5/6/2026 9:00", "--", "true"], "not clear", '"2026-12-31T23:00:00Z"'],
      [["enqueue", '{"command":"x","retry_until":"9 to 10"}'], '"retry_until" cannot be "9 to 10"'],
      [["enqueue", "--after", "a b", "--", "true"], `"a b" in "after" cannot be a job's id`],
      [["enqueue", "--after", "a", "--after-any", "a", "--", "true"], "it waits for job a in two ways"],
      [["enqueue", "--id", "a", "--after", "a", "--", "true"], "it would wait for itself: a → a"],
      [["enqueue", '{"command":"x","after":"a"}'], '"after" cannot be "a"', '["a","b"]'],
      [["graph"], "it needs the id of a job"],
      [["graph", "a", "--dot", "--json"], "--dot and --json exclude each other"],
      [["graph", "a", "--limit", "0"], "--limit must be a whole number"],
      [["enqueue", "--expires", "soonish", "--", "true"], '"expires" cannot be "soonish"', '"tomorrow 9:00"'],
      [
        ["enqueue", "--expires", "0s", "--", "true"],
        "it would expire before it could start",
        "after its due",
      ],
      [
        ["enqueue", "--expires", "1h", "--delay", "1h", "--", "true"],
        "it would expire before it could start",
      ],
      [
        ["enqueue", "--expires", "in 1 hour", "--run-at", "2100-01-01T00:00:00Z", "--", "true"],
        "it would expire before it could start",
      ],
      [["enqueue", '{"command":"x","expires":60}'], '"expires" cannot be 60'],
      [["enqueue", '{"command":"x","ttl":"1h"}'], 'Did you mean "expires"?'],
      [["enqueue", "--expire", "1h", "--", "true"], 'Did you mean "--expires"?'],
      [["enqueue", "--delay", "soon", "--", "true"], "A delay looks like"],
      [["enqueue"], "it was given no job"],
      [["enqueue", "--"], "no command follows --"],
      [["enqueue", "echo", "hello"], "it needs -- before it", "queuectl enqueue -- echo hello"],
      [["enqueue", "--file", "none.jsonl"], "it is not there"],
      [["enqueue", "--env", "A", "--", "true"], "--env needs NAME=VALUE", "See: queuectl enqueue --help"],
      [["run", "--env", "A", "--", "true"], "--env needs NAME=VALUE", "See: queuectl run --help"],
      [["run", "echo", "x"], "it needs -- before it", "queuectl run -- echo x"],
      [["run"], "it needs -- and a command after it", "See: queuectl run --help"],
      [["run", "--"], "no command follows --", "See: queuectl run --help"],
      [["enqueue", "--env", "A=1", "--env", "A=2", "--", "true"], "--env gives A twice"],
      [
        ["enqueue", "--env-from", "NOT_SET_HERE", "--", "true"],
        '"NOT_SET_HERE" in "env_from" is not set here',
      ],
      [
        ["enqueue", "--env-from", "HOME", "--env-from", "HOME", "--", "true"],
        '"HOME" is in "env_from" twice',
      ],
      [["enqueue", "--env-from", "HOME", "--env", "HOME=/", "--", "true"], 'is in both "env" and "env_from"'],
      [["enqueue", "--env-from", "QUEUECTL_HOME", "--", "true"], "sets QUEUECTL_HOME"],
      [["enqueue", "--env-from", "A=1", "--", "true"], '"A=1" cannot name a variable'],
      [["enqueue", "--label", "", "--", "true"], '"label" is empty'],
      [["enqueue", "--label", "two\nlines", "--", "true"], '"label" holds a line break'],
      [["enqueue", "--label", "x".repeat(201), "--", "true"], '"label" is 201 characters long'],
      [["enqueue", "--label", "a", "--label", "b", "--", "true"], "--label is given twice"],
      [["enqueue", "--label", "a", "--file", "x.jsonl"], "flags describe a job whose command follows --"],
      [["enqueue", "--meta", "owner", "--", "true"], '--meta needs NAME=VALUE, not "owner"'],
      [["enqueue", "--meta", "a=1", "--meta", "a=2", "--", "true"], "--meta gives a twice"],
      [["enqueue", "--meta", "a b=1", "--", "true"], '"a b" cannot be a name in "meta"'],
      [["enqueue", "--ok-codes", "0,256", "--", "true"], '256 in "ok_codes" is not an exit code'],
      [["enqueue", "--ok-codes", "", "--", "true"], '"ok_codes" is empty'],
      [["enqueue", "--dead-codes", "64,,65", "--", "true"], '"" in "dead_codes" is not an exit code'],
      [["enqueue", "--dead-codes", "-1", "--", "true"], '-1 in "dead_codes" is not an exit code'],
      [["enqueue", "--dead-codes", "64", "--snooze-codes", "75,64", "--", "true"], "exit code 64 is in both"],
      [
        ["enqueue", "--snooze-codes", "0", "--", "true"],
        "exit code 0 is in both ok_codes (0 where it is not",
      ],
      [["enqueue", "--snooze-codes", "75", "--snooze", "60", "--", "true"], '"snooze" cannot be "60"'],
      [["enqueue", "--snooze", "60s", "--", "true"], 'it has "snooze" without "snooze_codes"'],
      [
        ["enqueue", "--snooze-codes", "75", "--max-snoozes", "x", "--", "true"],
        '"max_snoozes" cannot be "x"',
      ],
      [["enqueue", "--backoff", "linaer", "--", "true"], 'Did you mean "linear"?'],
      [["enqueue", "--backoff", "1s,soon", "--", "true"], '"soon" in "backoff" is neither'],
      [["enqueue", "--backoff-base", "30s", "--", "true"], '"backoff_base" cannot be "30s"'],
      [["enqueue", "--backoff-max", "5", "--", "true"], '"backoff_max" cannot be "5"'],
      [["enqueue", "--backoff-jitter", "2", "--", "true"], "backoff_jitter is a number from 0 to 1"],
      [["enqueue", "--retry-until", "2030-01-01T00:00:00", "--", "true"], "with its offset"],
      [["enqueue", "--ok-code", "0", "--", "true"], 'Did you mean "--ok-codes"?'],
      [["enqueue", '{"command":"x","dead_codes":[1.5]}'], '1.5 in "dead_codes" is not an exit code'],
    ];
    for (const [args, ...words] of cases) assertRefused(await queue.call(args), 2, ...words);
    assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  });

  bad("a command over 100 KiB is refused, one of 100 KiB runs", async (queue) => {
    const file = queue.path("jobs.jsonl");
    const command = `: ${"x".repeat(100 * 1024 - 2)}`;
    await Deno.writeTextFile(file, JSON.stringify({ command: command + "y" }));
    assertRefused(await queue.call(["enqueue", "--file", file]), 2, "line 1 of", "102401 bytes long");
    await Deno.writeTextFile(file, JSON.stringify({ id: "long", command }));
    await queue.ok("enqueue", "--file", file);
    await queue.ok("worker", "start");
    await queue.waitForState("long", "completed");
  });

  bad("a duplicate id is refused with exit code 3, and the stored job is untouched", async (queue) => {
    await queue.ok("enqueue", "--id", "a", "--delay", "1h", "--", "echo", "first");
    assertRefused(await queue.call(["enqueue", "--id", "a", "--", "echo", "second"]), 3, "already pending");
    assertEquals((await queue.job("a")).command, "echo first");
  });

  bad("a file is accepted whole or not at all, and the message names the line", async (queue) => {
    await queue.ok("enqueue", "--id", "taken", "--delay", "1h", "--", "true");
    const broken = await queue.call(["enqueue", "-"], { stdin: '{"command":"a"}\n\n{"command":"b"\n' });
    assertRefused(broken, 2, "line 3 of stdin", "nothing was enqueued");
    const taken = await queue.call(["enqueue", "-"], {
      stdin: '{"command":"a"}\n{"id":"taken","command":"b"}\n',
    });
    assertRefused(taken, 3, "line 2, so none of them");
    const twice = await queue.call(["enqueue", "-"], {
      stdin: '{"id":"x","command":"a"}\n{"id":"x","command":"b"}',
    });
    assertRefused(twice, 3, "line 2", "already in the same batch");
    const binary = await queue.call(["enqueue", "-"], { stdin: Uint8Array.of(0xff, 0xfe, 0x00) });
    assertRefused(binary, 2, "it is not UTF-8 text");
    assertEquals((await queue.json<StatusShape>("status")).total, 1);
    assertEquals((await queue.call(["enqueue", "-"], { stdin: "\n \n" })).code, 0);
  });

  bad(
    "a job that could never start by the store's clock is refused, with its line and its batch",
    async (queue) => {
      const late = ["--run-at", "2100-01-01T00:00:00Z", "--expires", "1h"];
      assertRefused(
        await queue.call(["enqueue", "--id", "a", ...late, "--", "true"]),
        2,
        'job "a"',
        "would expire",
      );
      const past = ["--expires", "2020-01-01T00:00:00Z"];
      assertRefused(
        await queue.call(["enqueue", ...past, "--", "true"]),
        2,
        "would expire before it could start",
      );
      const file = await queue.call(["enqueue", "-"], {
        stdin: '{"command":"a"}\n{"command":"b","run_at":"2100-01-01T00:00:00Z","expires":"1h"}\n',
      });
      assertRefused(file, 2, "line 2, so none of them", "would expire before it could start");
      assertEquals((await queue.json<StatusShape>("status")).total, 0);
    },
  );

  bad("unknown words are refused with the nearest known one", async (queue) => {
    assertRefused(await queue.call(["lst"]), 2, 'Did you mean "queuectl list"?');
    assertRefused(await queue.call(["stop"]), 2, 'Did you mean "queuectl worker stop"?');
    assertRefused(await queue.call(["worker", "strat"]), 2, 'Did you mean "queuectl worker start"?');
    assertRefused(await queue.call(["list", "--stat", "dead"]), 2, 'Did you mean "--state"?');
    assertRefused(await queue.call(["list", "--state", "ded"]), 2, 'Did you mean "dead"?');
    assertRefused(await queue.call(["config", "get", "max_retry"]), 2, 'Did you mean "max_retries"?');
    assertRefused(await queue.call(["help", "statss"]), 2, 'Did you mean "queuectl help');
    assertRefused(
      await queue.call(["status"], { env: { QUEUECTL_MAX_RETRYS: "1" } }),
      2,
      "QUEUECTL_MAX_RETRIES?",
    );
    assertRefused(await queue.call(["status"], { env: { QUEUECTL_SQLITE_DRIVER: "x" } }), 2, "is no driver");
    assertRefused(await queue.call(["list", "--limit", "0"]), 2, "from 1 to");
    const lists: [string[], string][] = [
      [["--queue", ""], "--queue is empty"],
      [["--label", ""], "--label is empty"],
      [["--command-contains", ""], "--command-contains is empty"],
      [["--meta", "team"], '--meta needs NAME=VALUE, not "team"'],
      [["--meta", "=web"], "--meta needs NAME=VALUE"],
      [["--meta", "a=1", "--meta", "a=2"], '--meta gives "a" twice'],
      [["--since", "yesterday"], '--since must be a duration such as "2h"'],
      [["--since", "2026-02-30T00:00:00Z"], "--since must be"],
      [["--sort", "priorty"], 'Did you mean "priority"?'],
      [["--sort", "-durations"], 'Did you mean "-duration"?'],
      [["--sort", ""], 'cannot be sorted by ""'],
      [["--sort", "priority", "--after", "a"], "--after needs the order of arrival"],
      [["--after", "a b"], "cannot be an id"],
      [["--after", "@x"], "or an arrival number such as @17"],
      [["--after", "@"], "or an arrival number such as @17"],
      [["--columns", "id,stat"], 'Did you mean "state"?'],
      [["--columns", ""], '"" is no column'],
      [["--columns", "id", "--json"], "--json prints every field"],
      [["--watch"], "Cannot watch in a pipe"],
      [["--watch=0.5s", "--json"], '--watch must be a duration from 1s to 1h, not "0.5s"'],
      [["--watch=2h"], "from 1s to 1h"],
      [["--watch=often", "--json"], 'not "often"'],
      [["--watch=", "x"], 'it takes no "x"'],
    ];
    for (const [args, words] of lists) assertRefused(await queue.call(["list", ...args]), 2, words);
    assertRefused(await queue.call(["list", "extra"]), 2, 'it takes no "extra"');
    assertRefused(await queue.call(["show"]), 2, "it needs the id of a job");
    assertRefused(await queue.call(["show", "../../x"]), 2, "cannot be an id");
    assertRefused(await queue.call(["status", "--", "x"]), 2, "it takes nothing after --");
  });

  bad("progress is told by jobs only, as a percentage and a line", async (queue) => {
    const cases: [string[], string][] = [
      [["progress"], "it needs a percentage"],
      [["progress", "101"], 'from 0 to 100, not "101"'],
      [["progress", "40%"], 'from 0 to 100, not "40%"'],
      [["progress", "4.5"], 'from 0 to 100, not "4.5"'],
      [["progress", ""], 'from 0 to 100, not ""'],
      [["progress", "-1"], "has no such flag"],
      [["progress", "40", "second", "pass"], "quote the text"],
      [["progress", "40", "a\nb"], "one line of at most 200 characters"],
      [["progress", "40", "x".repeat(201)], "one line of at most 200 characters"],
    ];
    for (const [args, found] of cases) assertRefused(await queue.call(args), 2, found);
    assertRefused(await queue.call(["progress", "40"]), 3, "no job has called this", "queuectl enqueue -- ");
    const env = { QUEUECTL_JOB_ID: "j", QUEUECTL_ATTEMPT: "1", QUEUECTL_RUN: "../x" };
    assertRefused(await queue.call(["progress", "40"], { env }), 3, "no job has called this");
    const gone = await queue.call(["progress", "40"], { env: { ...env, QUEUECTL_RUN: "0123456789ab" } });
    assertRefused(gone, 3, 'run 1 of job "j": its files are not in this home', "queuectl show j");
    assertEquals(await Deno.stat(queue.home).catch(() => null), null, "nothing was made");
  });

  bad("cancelling by a filter that is none, or means too much, changes nothing", async (queue) => {
    await queue.ok("enqueue", "--id", "a", "--delay", "1h", "--", "true");
    const cases: [string[], ...string[]][] = [
      [[], "it needs the ids of jobs, or a filter"],
      [["--yes"], "it needs the ids of jobs, or a filter"],
      [["a", "--state", "pending"], "it takes ids or a filter, not both"],
      [["--state", "completed"], "Cannot cancel completed jobs: they are over", "failed"],
      [["--state", "dead", "--yes"], "they are over"],
      [["--state", "pendng", "--yes"], 'Did you mean "pending"?'],
      [["--queue", "", "--yes"], "--queue is empty"],
      [["--command-contains", "", "--yes"], "--command-contains is empty"],
      [["--since", "x", "--yes"], "--since must be"],
      [["--meta", "x", "--yes"], "--meta needs NAME=VALUE"],
      [["--state", "pending"], "Cannot cancel 1 job: there is no terminal", "add --yes"],
      [["--queue", "default", "--json"], "Cannot cancel 1 job: there is no terminal"],
    ];
    for (const [args, ...words] of cases) assertRefused(await queue.call(["cancel", ...args]), 2, ...words);
    assertEquals((await queue.job("a")).state, "pending");
  });

  bad("what is not there has exit code 3", async (queue) => {
    for (const args of [["show", "nobody"], ["logs", "nobody"]]) {
      assertRefused(await queue.call(args), 3, "there is no such job");
    }
    await queue.ok("enqueue", "--id", "a", "--delay", "1h", "--", "true");
    assertRefused(await queue.call(["dlq", "retry", "nobody"]), 3, "there is no such job");
    assertRefused(await queue.call(["dlq", "retry", "a"]), 3, "it is pending, not dead");
    assertRefused(await queue.call(["logs", "a", "--run", "2"]), 3, "it has not run yet");
  });

  bad("worker counts out of range are refused", async (queue) => {
    for (const count of ["0", "x", "-1", "1.5", "1000", ""]) {
      assertRefused(
        await queue.call(["worker", "start", "--count", count]),
        2,
        "a whole number from 1 to 128",
      );
    }
    assertRefused(await queue.call(["worker", "run", "--concurrency", "257"]), 2, "from 1 to 256");
    assertEquals(await Deno.stat(queue.home).catch(() => null), null);
  });

  bad("reading commands where there is no store print zeros and make nothing", async (queue) => {
    assertStringIncludes(await queue.ok("status"), "- Pending     : 0");
    assertEquals(await queue.ok("list", "--json"), "[]\n");
    assertEquals(await queue.ok("dlq", "list", "--json"), "[]\n");
    assertEquals(await queue.ok("worker", "list", "--json"), "[]\n");
    assertEquals((await queue.call(["list"])).stdout, "");
    assertEquals((await queue.call(["worker", "stop", "--wait"])).code, 0);
    assertEquals(await Deno.stat(queue.home).catch(() => null), null);
  });

  bad("a broken, foreign or newer store is refused with exit code 4 and left alone", async (queue) => {
    const store = `${queue.home}/queue.sqlite`;
    await Deno.mkdir(queue.home, { mode: 0o700 });
    await Deno.writeTextFile(store, "this is no database ".repeat(300));
    for (const args of [["status"], ["enqueue", "--", "true"], ["worker", "start"]]) {
      assertRefused(await queue.call(args), 4, "not a queuectl store");
    }
    assertEquals((await Deno.readTextFile(store)).slice(0, 7), "this is");
    await Deno.remove(store);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await sqlite(store, "PRAGMA user_version = 99");
    for (const args of [["status"], ["enqueue", "--", "true"], ["worker", "start"]]) {
      assertRefused(await queue.call(args), 4, "it has schema version 99");
    }
    await sqlite(store, "PRAGMA user_version = 1; PRAGMA application_id = 7");
    assertRefused(await queue.call(["status"]), 4, "it is another program's database");
  });

  bad("a broken config.json is named with its line, and not overwritten", async (queue) => {
    await Deno.mkdir(queue.home, { mode: 0o700 });
    const config = `${queue.home}/config.json`;
    const text = '{\n  "max_retries": 5,\n  "backoff_base" 3\n}\n';
    await Deno.writeTextFile(config, text);
    for (
      const args of [["status"], ["config", "show"], ["config", "set", "max_retries", "4"], [
        "worker",
        "start",
      ]]
    ) {
      assertRefused(await queue.call(args), 1, config, "line 3 is not JSON");
    }
    assertEquals(await Deno.readTextFile(config), text);
    await Deno.writeTextFile(config, '{"max_retires": 5}');
    assertRefused(await queue.call(["status"]), 2, 'Did you mean "max_retries"?');
    await Deno.writeTextFile(config, '{"max_retries": "many"}');
    assertRefused(await queue.call(["status"]), 2, '"many" is not a value of max_retries');
    await queue.ok("config", "set", "max_retries", "4");
    assertEquals(await queue.ok("config", "get", "max_retries"), "4\n");
    await Deno.writeTextFile(config, '{"foo": 1}');
    assertRefused(await queue.call(["status"]), 2, config, "queuectl config unset foo");
    await queue.ok("config", "unset", "foo");
    assertEquals((await queue.call(["status"])).code, 0);
    await Deno.remove(config);
    await Deno.mkdir(config);
    assertRefused(await queue.call(["config", "show"]), 4, "it is a folder");
  });

  bad("a home that others can enter, or that is a file, is refused", async (queue) => {
    await Deno.mkdir(queue.home);
    await Deno.chmod(queue.home, 0o755);
    assertRefused(await queue.call(["status"]), 4, "others have access to it (mode 755)", "chmod 700");
    await Deno.chmod(queue.home, 0o700);
    await Deno.writeTextFile(`${queue.home}/letters.txt`, "");
    assertRefused(await queue.call(["enqueue", "--", "true"]), 4, "it holds other things, and no queue");
    assertRefused(await queue.call(["--home=", "status"]), 2, "it names no folder");
    await Deno.remove(queue.home, { recursive: true });
    await Deno.writeTextFile(queue.home, "");
    assertRefused(await queue.call(["enqueue", "--", "true"]), 4, "it is not a folder");
  });

  bad("stdout that is closed early, or full, is no crash", async (queue) => {
    const jobs = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ id: `job${i}`, command: "true" }));
    await queue.call(["enqueue", "-"], { stdin: jobs.join("\n") });
    const command = [program.command, ...program.args].map((word) => `'${word}'`).join(" ");
    const shell = async (line: string): Promise<Finished> => {
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", `set -o pipefail; ${line}`],
        env: { QUEUECTL_HOME: queue.home },
      }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    };
    const head = await shell(`${command} list --json | head -1`);
    assertEquals([head.code, head.stdout.split("\n").length, head.stderr], [0, 2, ""]);
    if (Deno.build.os !== "linux") return;
    const full = await shell(`${command} list --json >/dev/full`);
    assertEquals(full.code, 1);
    assertStringIncludes(full.stderr, "Cannot write the output");
  });

  bad("10,000 jobs are listed", async (queue) => {
    const jobs = Array.from(
      { length: 10_000 },
      (_, i) => JSON.stringify({ id: `job${i}`, command: `echo ${i}` }),
    );
    const { stdout } = await queue.call(["enqueue", "-"], { stdin: jobs.join("\n") });
    assertEquals(stdout.split("\n").length, 10_001);
    const listed = await queue.json("list");
    assertEquals([listed.length, listed[0]!.id, listed.at(-1)!.id], [10_000, "job0", "job9999"]);
    const table = await queue.call(["list"]);
    const rows = table.stdout.trimEnd().split("\n");
    assertEquals([rows.length, rows.at(-1)!.split(/ +/)[0]], [51, "job9999"]);
    assertStringIncludes(table.stderr, "9950 more");
    assertEquals((await queue.json("list", "--limit", "2")).map((job) => job.id), ["job9998", "job9999"]);
  });

  bad("jobs that behave badly end in a truthful state", async (queue) => {
    const gone = queue.path("gone");
    await Deno.mkdir(gone);
    await Deno.writeTextFile(queue.path("no-program"), "", { mode: 0o600 });
    const jobs = {
      missing: "no-such-command",
      forbidden: queue.path("no-program"),
      binary: "printf '\\377\\000\\376ok'",
      "closes-output": "exec >&- 2>&-; exit 4",
      daemon: `sleep 300 & echo $! >${queue.path("daemon")}; exit 0`,
      "kills-itself": "kill -9 $$",
      "kills-its-group": "trap '' TERM; kill 0; exit 5",
      "kills-its-shells": "kill -9 0",
      "kills-its-wrapper": `echo $$ >${queue.path("left")}; kill -9 $PPID; sleep 300`,
    };
    for (const [id, command] of Object.entries(jobs)) {
      await queue.ok("enqueue", "--id", id, "--max-retries", "1", "--", command);
    }
    await queue.ok("enqueue", "--id", "no-folder", "--max-retries", "1", "--cwd", gone, "--", "true");
    await queue.ok("enqueue", "--id", "no-program", "--max-retries", "1", "--", "no-such-program", "x");
    await Deno.remove(gone);
    await queue.ok("worker", "start", "--concurrency", "4");
    await queue.waitFor("all to settle", async () => {
      const status = await queue.json<StatusShape>("status");
      return status.pending + status.processing === 0;
    });
    const shown = async (id: string) => {
      const { state, exit_code, last_error } = await queue.job(id);
      return [state, exit_code, last_error?.split(":")[0] ?? null];
    };
    assertEquals(await shown("missing"), ["dead", 127, "exit code 127"]);
    assertEquals(await shown("forbidden"), ["dead", 126, "exit code 126"]);
    assertEquals(await shown("binary"), ["completed", 0, null]);
    assertEquals(await shown("closes-output"), ["dead", 4, "exit code 4"]);
    assertEquals(await shown("daemon"), ["completed", 0, null]);
    assertEquals(await shown("kills-itself"), ["dead", 137, "exit code 137"]);
    assertEquals(await shown("kills-its-group"), ["dead", 5, "exit code 5"]);
    assertEquals(await shown("kills-its-shells"), ["dead", null, "it was ended by SIGKILL"]);
    assertEquals(await shown("kills-its-wrapper"), ["dead", null, "it was ended by SIGKILL"]);
    assert(
      !isAlive(Number(await Deno.readTextFile(queue.path("left")))),
      "nothing of it is left when it is settled",
    );
    assertEquals(await shown("no-folder"), ["dead", null, "its working directory is not there"]);
    assertEquals(await shown("no-program"), ["dead", 127, "exit code 127"]);
    assert(isAlive(Number(await Deno.readTextFile(queue.path("daemon")))), "a daemon is its own business");
    const child = queue.spawn(["logs", "binary"]);
    assertEquals((await child.output()).stdout, Uint8Array.of(255, 0, 254, 111, 107));
    assertEquals((await queue.json<WorkerShape[]>("worker", "list"))[0]!.state, "idle");
  });

  bad("a job that prints 100 MB is cut to its limit, and marked", async (queue) => {
    await queue.ok(
      "enqueue",
      "--id",
      "loud",
      "--",
      "head -c 100000000 /dev/zero | tr '\\0' x; sleep 0.6; echo end",
    );
    await queue.ok("worker", "start", "--output-limit", "1MB");
    const job = await queue.waitForState("loud", "completed", 60_000);
    assert(job.runs[0]!.stdout_bytes < 1_100_000, `it kept ${job.runs[0]!.stdout_bytes} bytes`);
    const logs = await queue.ok("logs", "loud");
    assertEquals(logs.slice(0, 1_000_000), "x".repeat(1_000_000));
    assertStringIncludes(logs, "[queuectl: output was cut here, at output_limit 1MB]");
  });
}

/** Changes a store behind the program's back. */
async function sqlite(path: string, sql: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
