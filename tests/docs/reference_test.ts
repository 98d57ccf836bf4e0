/** The documentation names every command, flag, setting, state, exit code and JSON field, and no others. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { jobStates } from "../../src/core/job.ts";
import { formatSetting, type SettingName, settingNames, settingRules } from "../../src/core/settings.ts";
import { commands, groups } from "../../src/cli/commands.ts";
import { flagsOf } from "../../src/cli/flag.ts";
import { helpText } from "../../src/cli/help_text.ts";
import { exitCodeHelp } from "../../src/cli/report_error.ts";
import { topics } from "../../src/cli/topics.ts";
import { metrics } from "../../src/operations/metrics.ts";
import { parseWords } from "../../src/cli/words.ts";
import type { Output } from "../../src/cli/world.ts";
import { TestQueue } from "../support/program.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const readme = Deno.readTextFileSync(`${root}README.md`);
const plain: Output = {
  write: () => {},
  isTerminal: false,
  hasColour: false,
  columns: Infinity,
  rows: Infinity,
};
const shown = commands.filter((entry) => !entry.isInternal);

/** The first two columns of the README's table below a heading. */
function tableUnder(heading: string): [string, string][] {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`) + 1).split("\n## ")[0]!;
  const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return rows.map((row) => {
    const [first, second] = row.split("|").slice(1).map((cell) => cell.trim().replaceAll("`", ""));
    return [first!, second!];
  });
}

Deno.test("README lists every command, in the order of help", () => {
  assertEquals(tableUnder("Commands").map(([name]) => name), shown.map((entry) => entry.name));
});

Deno.test("README lists every setting with its default", () => {
  const defaultOf = <Name extends SettingName>(name: Name): string =>
    formatSetting(name, settingRules[name].default);
  assertEquals(
    tableUnder("Settings").map(([name, value]) => [name, value]),
    settingNames.map((name) => [name, defaultOf(name)]),
  );
});

Deno.test("README lists every state and every exit code", () => {
  assertEquals(tableUnder("States").map(([name]) => name), [...jobStates]);
  assertEquals(tableUnder("Exit codes"), exitCodeHelp.map(([code, meaning]) => [code, meaning]));
});

Deno.test("every task that a document names is one", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  for (const document of ["README.md", ".github/CONTRIBUTING.md"]) {
    const text = await Deno.readTextFile(root + document);
    const named = [...text.matchAll(/\b(?:deno|deno@[\d.]+) task ([a-z]+)/g)].map((match) => match[1]!);
    assert(named.length > 0);
    for (const task of named) assert(task in tasks, `${document} names the task ${task}`);
  }
});

Deno.test("links in the documents lead somewhere", async () => {
  const documents = ["README.md", "CHANGELOG.md"];
  for (const folder of [".github", ".github/decisions"]) {
    for await (const entry of Deno.readDir(root + folder)) {
      if (entry.name.endsWith(".md")) documents.push(`${folder}/${entry.name}`);
    }
  }
  for (const document of documents) {
    const text = await Deno.readTextFile(root + document);
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const base = new URL(document, `file://${root}`);
      assert(
        await Deno.stat(new URL(target!, base)).then(() => true, () => false),
        `${document} links to ${target}`,
      );
    }
  }
});

for (const entry of shown) {
  Deno.test(`the help of ${entry.name} names its flags, and its examples are accepted`, async () => {
    const command = await entry.load();
    const text = await helpText(entry.name, plain);
    assertEquals([command.name, command.summary], [entry.name, entry.summary]);
    for (const flag of flagsOf(command)) assertStringIncludes(text, `--${flag.name}`);
    assert(command.examples.length > 0, "it has no example");
    for (const { line } of command.examples) {
      for (const call of await callsIn(line)) {
        const name = commands.find((each) => `${call.join(" ")} `.startsWith(`${each.name} `))!.name;
        const words = call.slice(name.split(" ").length);
        const flags = flagsOf(await commands.find((each) => each.name === name)!.load());
        parseWords(words, flags, name);
      }
    }
  });
}

/** The calls of queuectl in a line of shell, as the shell splits their words. */
async function callsIn(line: string): Promise<string[][]> {
  const script = `queuectl() { for word; do printf '%s\\0' "$word"; done >&3; printf '\\n\\0' >&3; }
    jq() { cat; }; cat() { command cat </dev/null; }; ${line}`;
  const { stdout, success, stderr } = await new Deno.Command("bash", {
    args: ["-c", `{ ${script}; } 3>&1 >/dev/null`],
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const calls = new TextDecoder().decode(stdout).split("\n\0").filter((call) => call !== "");
  assert(calls.length > 0, `no call of queuectl in: ${line}`);
  return calls.map((call) => call.split("\0").slice(0, -1));
}

Deno.test("help names every command, group and topic", async () => {
  const text = await helpText("", plain);
  for (const entry of shown) assertStringIncludes(text, `  ${entry.name} `);
  for (const topic of topics) assertStringIncludes(text, `queuectl help ${topic.name}`);
  for (const group of Object.keys(groups)) {
    assertStringIncludes(await helpText(group, plain), `queuectl ${group}`);
  }
});

Deno.test("the topic monitoring names every metric with its labels", () => {
  const text = topics.find(({ name }) => name === "monitoring")!.text();
  for (const { name, labels, help } of metrics) {
    assertStringIncludes(text, labels.length === 0 ? `  ${name}  ` : `  ${name}{${labels.join()}}  `);
    assertStringIncludes(text, help);
  }
});

Deno.test("every JSON field is in the topic json, and every promised one is there", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_BACKOFF_BASE: "0" });
  await queue.ok("enqueue", "--id", "j", "--", "echo hi");
  await queue.ok("worker", "start");
  await queue.waitForState("j", "completed");
  const topic = topics.find((each) => each.name === "json")!.text();
  const documented = (value: Record<string, unknown>): string[] => {
    for (const field of Object.keys(value)) {
      assert(new RegExp(`\\b${field}\\b`).test(topic), `${field} is not documented`);
    }
    return Object.keys(value);
  };
  const [job] = await queue.json<Record<string, unknown>[]>("list");
  const jobFields = documented(job!);
  const promised =
    "id command state attempts max_retries priority queue cwd run_at created_at updated_at started_at " +
    "finished_at exit_code last_error";
  for (const field of promised.split(" ")) assert(jobFields.includes(field), field);
  const shownJob = await queue.json<{ runs: Record<string, unknown>[] }>("show", "j");
  assertEquals(Object.keys(shownJob), [...jobFields, "waits_for"]);
  const { nodes } = await queue.json<{ nodes: Record<string, unknown>[] }>("graph", "j");
  documented(nodes[0]!);
  documented(shownJob.runs[0]!);
  const status = documented(await queue.json("status"));
  for (const field of ["pending", "processing", "completed", "failed", "dead", "total", "workers"]) {
    assert(status.includes(field), field);
  }
  const worker = documented((await queue.json<Record<string, unknown>[]>("worker", "list"))[0]!);
  assertEquals(worker.slice(0, 7), ["id", "pid", "host", "state", "started_at", "heartbeat_at", "jobs"]);
  documented(await queue.json("logs", "j"));
  documented((await queue.json<Record<string, unknown>[]>("wait", "j"))[0]!);
  documented((await queue.json<Record<string, unknown>[]>("cancel", "j"))[0]!);
  documented(await queue.json("cancel", "--state", "pending"));
  documented(await queue.json("version"));
  documented(await queue.json("config", "path"));
  documented(await queue.json("config", "get", "shell"));
  documented((await queue.json<Record<string, Record<string, unknown>>>("config", "show")).shell!);
  documented(JSON.parse(await queue.ok("enqueue", "--json", "--", "true")));
  for (const time of ["run_at", "created_at", "updated_at", "started_at", "finished_at"]) {
    assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(job![time])), `${time} is ${job![time]}`);
  }
});
