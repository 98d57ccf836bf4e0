/** The README's tours run as they are written. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TestQueue } from "../support/program.ts";

const readme = Deno.readTextFileSync(fromFileUrl(new URL("../../README.md", import.meta.url)));

/** The tours of a language. */
function toursIn(language: string): string[] {
  const blocks = [...readme.matchAll(/<!-- tour -->\n+```(\w+)\n([\s\S]*?)```/g)];
  return blocks.filter((block) => block[1] === language).map((block) => block[2]!);
}

Deno.test("every block that could be typed is a tour, or is marked as text", () => {
  const languages = [...readme.matchAll(/^```(\w*)$/gm)].map((match) => match[1]).filter((name) =>
    name !== ""
  );
  const runnable = languages.filter((name) => name !== "text");
  assertEquals(runnable.length, toursIn("bash").length + toursIn("powershell").length);
});

async function runTour(shell: string, args: (file: string) => string[], tour: string): Promise<string> {
  await using queue = await TestQueue.create();
  const bin = queue.path("bin");
  const project = queue.path("project");
  await Deno.mkdir(bin);
  await Deno.mkdir(project);
  const words = [queue.program.command, ...queue.program.args].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(`${bin}/queuectl`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  const file = queue.path(shell === "bash" ? "tour.sh" : "tour.ps1");
  await Deno.writeTextFile(file, tour);
  const { QUEUECTL_HOME: _, ...env } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(shell, {
    args: args(file),
    cwd: project,
    env: { ...env, PATH: `${bin}:${env.PATH}`, HOME: queue.path(".") },
    clearEnv: true,
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

Deno.test("the tour in bash runs as it is written", async () => {
  const [tour] = toursIn("bash");
  const said = await runTour("bash", (file) => ["-euo", "pipefail", file], tour!);
  assertStringIncludes(said, "Hello World");
  assertStringIncludes(said, "- Dead        : 1");
  assertStringIncludes(said, "broken: pending again.");
  assertStringIncludes(said, "All workers have stopped.");
});

Deno.test("the tour of queues and limits runs as it is written", async () => {
  const [, tour] = toursIn("bash");
  const said = await runTour("bash", (file) => ["-euo", "pipefail", file], tour!);
  assertStringIncludes(said, "letter: Its queue mail is paused");
  assertStringIncludes(said, "Nothing of video waits or runs any more.");
  assertStringIncludes(said, "All workers have stopped.");
});

Deno.test("the tour in PowerShell runs as it is written", async () => {
  const [tour] = toursIn("powershell");
  assert(tour !== undefined);
  try {
    await new Deno.Command("pwsh", { args: ["-Version"] }).output();
  } catch {
    return console.error("!!! not tested: there is no PowerShell here (pwsh)");
  }
  const strict = "$ErrorActionPreference='Stop'; $PSNativeCommandUseErrorActionPreference=$true; ";
  const said = await runTour("pwsh", (file) => ["-NoProfile", "-Command", `${strict}& '${file}'`], tour);
  assertStringIncludes(said, "Hello World");
});
