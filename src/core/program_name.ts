import type { Job } from "./job.ts";

const longest = 40;
/** What shells read before the program: variables for it, `exec`, and another folder. */
const preamble =
  /^\s*(?:[A-Za-z_]\w*=(?:'[^']*'|"[^"]*"|[^\s'"]*)\s+|exec\s+|cd\s+(?:'[^']*'|"[^"]*"|[^\s;&]+)\s*(?:&&|;)\s*)/;

/** The program that a job runs, as far as its command's first word tells, without its folder; for statistics. */
export function programOf({ command, argv }: Pick<Job, "command" | "argv">): string {
  const word = argv === null ? firstWord(command.slice(0, 4096)) : argv[0]!;
  const name = word.slice(word.lastIndexOf("/") + 1).replaceAll(/[^\x21-\x7e\u00a0-\uffff]/g, "");
  return [...name].slice(0, longest).join("") || "?";
}

function firstWord(command: string): string {
  let rest = command;
  for (let found; (found = preamble.exec(rest)) !== null;) rest = rest.slice(found[0].length);
  const [, single, double, bare] = /^\s*(?:'([^']*)'|"([^"]*)"|([^\s;|&<>()]+))/.exec(rest) ?? [];
  return single ?? double ?? bare ?? "";
}
