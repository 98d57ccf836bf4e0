/** What a terminal sends as names of keys: a character as itself, others as words. */

const sequences: Readonly<Record<string, string>> = {
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[C": "right",
  "\x1bOC": "right",
  "\x1b[D": "left",
  "\x1bOD": "left",
  "\x1b[H": "home",
  "\x1bOH": "home",
  "\x1b[1~": "home",
  "\x1b[F": "end",
  "\x1bOF": "end",
  "\x1b[4~": "end",
  "\x1b[5~": "pageup",
  "\x1b[6~": "pagedown",
  "\x1b[Z": "tab",
  "\t": "tab",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x1b": "escape",
  "\x03": "ctrl-c",
  "\x04": "ctrl-d",
  "\x0c": "ctrl-l",
  "\x15": "ctrl-u",
};

/** Splits what was typed into keys; a sequence that comes in two parts, as over a slow line, is put together. */
export class Keys {
  #rest = "";

  read(text: string): string[] {
    const keys: string[] = [];
    let left = this.#rest + text;
    this.#rest = "";
    while (left !== "") {
      // deno-lint-ignore no-control-regex -- what a terminal sends begins with ESC
      const [sequence] = /^(?:\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~])/.exec(left) ?? [];
      // deno-lint-ignore no-control-regex -- the same, of which the end is still to come
      if (sequence === undefined && /^\x1b(?:\[[0-?]*[ -/]*|O)$/.test(left)) {
        this.#rest = left;
        return keys;
      }
      const found = sequence ?? String.fromCodePoint(left.codePointAt(0)!);
      left = left.slice(found.length);
      const name = sequences[found] ?? (sequence === undefined && found >= " " ? found : undefined);
      if (name !== undefined) keys.push(name);
    }
    return keys;
  }
}
