import { waitFor } from "./program.ts";

/** What a call prints, line by line. */
export class Lines {
  readonly #child: Deno.ChildProcess;
  readonly #lines: string[] = [];

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    void this.#read();
  }

  /** The next line, as soon as it is there. */
  async next(): Promise<string> {
    await waitFor("another line", () => this.#lines.length > 0);
    return this.#lines.shift()!;
  }

  /** Ends it by a signal; returns its exit code. */
  async end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    await this.#child.stderr.cancel();
    return (await this.#child.status).code;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines);
    }
  }
}
