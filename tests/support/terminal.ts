/** The program on a real terminal, by `script` of util-linux: what is typed, what is drawn, how it ends. */

import type { TestQueue } from "./program.ts";
import { waitFor } from "./program.ts";

export interface TerminalOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What the shell on the terminal leaves behind. */
interface Files {
  readonly pid: string;
  readonly tty: string;
  readonly code: string;
  /** The modes of the terminal before and after. */
  readonly modes: string;
}

export class Terminal implements AsyncDisposable {
  readonly #script: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #files: Files;
  readonly #reading: Promise<void>;
  #shown = "";

  private constructor(script: Deno.ChildProcess, files: Files) {
    this.#script = script;
    this.#files = files;
    this.#writer = script.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Calls the program of a queue. Its pid, its terminal and its exit code are left in files. */
  static start(queue: TestQueue, args: readonly string[], options: TerminalOptions = {}): Terminal {
    const { rows = 24, columns = 80, env = {} } = options;
    const name = queue.path(`terminal-${crypto.randomUUID()}`);
    const files = { pid: `${name}.pid`, tty: `${name}.tty`, code: `${name}.code`, modes: `${name}.modes` };
    const words = [queue.program.command, ...queue.program.args, ...args].map(quote).join(" ");
    // The shell outlives what is typed to the program, and so can tell how that ended.
    const line =
      `trap : INT; stty rows ${rows} cols ${columns}; tty >${quote(files.tty)}; stty -g >${
        quote(files.modes)
      }; ` +
      `sh -c 'echo $$ >"$0"; exec "$@"' ${quote(files.pid)} ${words}; ended=$?; stty -g >>${
        quote(files.modes)
      }; echo $ended >${quote(files.code)}`;
    const script = new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      cwd: queue.path("."),
      env: {
        QUEUECTL_HOME: queue.home,
        DENO_SQLITE_PATH: "",
        NO_COLOR: "1",
        TERM: "xterm",
        SHELL: "/bin/sh",
        ...queue.env,
        ...env,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new Terminal(script, files);
  }

  /** All that was written to the terminal so far. */
  get shown(): string {
    return this.#shown;
  }

  async waitFor(text: string, from = 0): Promise<void> {
    try {
      await waitFor(`${JSON.stringify(text)} on the terminal`, () => this.#shown.indexOf(text, from) !== -1);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${JSON.stringify(this.#shown)}`);
    }
  }

  /** Types; "\x03" is Ctrl-C. */
  async type(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  /** Gives the terminal another size; the program is told by SIGWINCH. */
  async resize(rows: number, columns: number): Promise<void> {
    const tty = (await Deno.readTextFile(this.#files.tty)).trim();
    const { success } = await new Deno.Command("stty", {
      args: ["-F", tty, "rows", String(rows), "cols", String(columns)],
    }).output();
    if (!success) throw new Error(`${tty} could not be resized`);
  }

  /** The program's pid. */
  async pid(): Promise<number> {
    let text = "";
    await waitFor("the program's pid", async () => {
      text = await Deno.readTextFile(this.#files.pid).catch(() => "");
      return text.endsWith("\n");
    });
    return Number(text);
  }

  /** Waits for its end; returns the exit code as the shell has it. */
  async end(): Promise<number> {
    let text = "";
    await waitFor(`the program to end; on the terminal: ${JSON.stringify(this.#shown)}`, async () => {
      text = await Deno.readTextFile(this.#files.code).catch(() => "");
      return text.endsWith("\n");
    });
    await this.#reading;
    return Number(text);
  }

  /** Whether the terminal is as it was before the program began; after its end. */
  async isRestored(): Promise<boolean> {
    const [before, after] = (await Deno.readTextFile(this.#files.modes)).trim().split("\n");
    return before !== undefined && before === after;
  }

  /** Takes the terminal away, as closing its window does. */
  close(): void {
    try {
      this.#script.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#writer.close().catch(() => {});
    await this.#script.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#script.stdout) this.#shown += decoder.decode(chunk, { stream: true });
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
