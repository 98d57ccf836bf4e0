/** Help, made of the commands' own definitions. */

import type { Command } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { type Flag, flagsOf } from "./flag.ts";
import { paint } from "./paint.ts";

import { topics } from "./topics.ts";
import { fold, wrap } from "./wrap.ts";
import type { Output } from "./world.ts";

/** Whatever there is help about, but for the whole program. */
export const helpNames: readonly string[] = [
  ...commands.filter((entry) => !entry.isInternal).map((entry) => entry.name),
  ...Object.keys(groups),
  ...topics.map((topic) => topic.name),
];

/** The help of a command, a group, a topic, or (for "") of the whole program. */
export async function helpText(name: string, output: Output): Promise<string> {
  if (name === "") return programHelp(output);
  if (Object.hasOwn(groups, name)) return groupHelp(name, output);
  const topic = topics.find((each) => each.name === name);
  if (topic !== undefined) return fold(topic.text());
  const entry = commands.find((each) => each.name === name)!;
  return commandHelp(await entry.load(), output);
}

function programHelp(output: Output): string {
  const title = (text: string) => paint(output, "bold", text);
  const shown = commands.filter((entry) => !entry.isInternal);
  return [
    "queuectl runs shell commands in the background, durably: they survive crashes,",
    "are retried with backoff, and end in a dead letter queue when they keep failing.",
    "",
    title("Usage"),
    "  queuectl [--home FOLDER] COMMAND …",
    "",
    title("Commands"),
    ...rows(shown.map((entry) => [entry.name, entry.summary])),
    "",
    title("Start here"),
    "  queuectl enqueue -- echo hello       accept a job",
    "  queuectl worker start --count 3      let three workers take jobs",
    "  queuectl status                      see what becomes of it",
    "",
    title("More help"),
    "  queuectl COMMAND --help              a command, with examples",
    ...rows(topics.map((topic) => [`queuectl help ${topic.name}`, topic.summary]), 37),
    "",
  ].join("\n");
}

function groupHelp(name: string, output: Output): string {
  const shown = commands.filter((entry) => !entry.isInternal && entry.name.startsWith(`${name} `));
  return [
    `queuectl ${name}: ${groups[name]}`,
    "",
    paint(output, "bold", "Commands"),
    ...rows(shown.map((entry) => [entry.name, entry.summary])),
    "",
    `See: queuectl ${shown[0]!.name} --help`,
    "",
  ].join("\n");
}

function commandHelp(command: Command<unknown>, output: Output): string {
  const title = (text: string) => paint(output, "bold", text);
  const flags = flagsOf(command);
  const width = Math.min(30, Math.max(...command.examples.map((example) => example.line.length)) + 2);
  return [
    `queuectl ${command.name}: ${command.summary}`,
    "",
    title("Usage"),
    ...command.usage.map((line) => `  queuectl ${command.name} ${line}`.trimEnd()),
    ...(command.details ?? []).flatMap((paragraph) => ["", ...wrap(paragraph, 80)]),
    "",
    title("Flags"),
    ...rows(flags.map((flag) => [flagText(flag), flag.help])),
    "",
    title("Examples"),
    ...rows(command.examples.map((example) => [example.line, example.does]), width),
    "",
  ].join("\n");
}

function flagText(flag: Flag): string {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  const alias = flag.alias === undefined ? "" : `--${flag.alias}, `;
  return `${short}${alias}--${flag.name}${valueText(flag)}`;
}

function valueText({ placeholder, bare }: Flag): string {
  if (placeholder === undefined) return "";
  return bare === undefined ? ` ${placeholder}` : `[=${placeholder}]`;
}

/** Two columns; a left part that is too long gets a line of its own. */
function rows(pairs: readonly (readonly [string, string])[], least = 0): string[] {
  const width = Math.max(least, Math.min(30, Math.max(...pairs.map(([left]) => left.length)) + 2));
  return pairs.flatMap(([left, right]) => {
    const [first = "", ...others] = wrap(right, Math.max(80 - width - 2, 30));
    const indent = " ".repeat(width + 2);
    const lines = left.length + 2 > width
      ? [`  ${left}`, indent + first]
      : [`  ${left.padEnd(width)}${first}`];
    return [...lines, ...others.map((line) => indent + line)];
  });
}
