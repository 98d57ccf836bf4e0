import type { Command } from "../command.ts";

export const help: Command<string> = {
  name: "help",
  summary: "help about a command or a topic",
  usage: ["[COMMAND | TOPIC]"],
  flags: [],
  examples: [
    { line: "queuectl help enqueue", does: "the same as queuectl enqueue --help" },
    { line: "queuectl help settings", does: "a topic" },
  ],
  permissions: ["read"],
  usesStore: false,
  parse: (words) => words.operands.join(" "),
  run: (name, session) => session.showHelp(name),
};
