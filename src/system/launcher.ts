/**
 * Starts runs cheaply: a shell that leads its own session, and forks one run after the other for the worker that
 * holds its stdin. A process of this program's size is dear to fork, so it is done once for many runs.
 */

import { type ProcessEnd, type RunOrder, runVariables, type StartedRun } from "../core/ports.ts";
import { wrapper } from "./wrapper.ts";

/**
 * A launcher that saw a longer run is not used again, in milliseconds: the system may have used up all its process
 * numbers and begun anew meanwhile, and by them the launcher tells whether a run left something behind.
 */
const longestRunBeforeReuseMs = 2_000;

type Environment = Readonly<Record<string, string>>;

/** The launchers of one worker. */
export class Launchers {
  readonly #environment: () => Environment;
  #rested: Launcher[] = [];

  /** `environment` is what every run has, before its job's own. */
  constructor(environment: () => Environment) {
    this.#environment = environment;
  }

  async start(order: RunOrder): Promise<StartedRun> {
    const launcher = await this.#takeRested(order.env) ??
      new Launcher(order.env, { ...this.#environment(), ...order.env });
    const startedAt = performance.now();
    return {
      pid: launcher.pid,
      ended: launcher.serve(orderText(order)),
      release: (isReusable) => {
        if (isReusable && performance.now() - startedAt < longestRunBeforeReuseMs) {
          this.#rested.push(launcher);
        } else launcher.dismiss();
      },
    };
  }

  /** Lets those go that rest; those with a run end after it. */
  async close(): Promise<void> {
    const rested = this.#rested;
    this.#rested = [];
    for (const launcher of rested) launcher.dismiss();
    await Promise.all(rested.map((launcher) => launcher.gone));
  }

  /** One that has the same environment and is proven alone in its session. */
  async #takeRested(env: Environment): Promise<Launcher | null> {
    for (let launcher; (launcher = this.#rested.pop()) !== undefined;) {
      if (launcher.hasEnvironment(env) && await launcher.isIdle()) return launcher;
      launcher.dismiss();
    }
    return null;
  }
}

class Launcher {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reports: ReadableStreamDefaultReader<Uint8Array>;
  readonly #environment: string;
  #heard = "";
  #isGone = false;

  constructor(own: Environment, whole: Environment) {
    this.#environment = JSON.stringify(own);
    this.#child = new Deno.Command("/bin/sh", {
      args: ["-s", "queuectl-run"],
      cwd: "/",
      env: { ...whole },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#orders = this.#child.stdin.getWriter();
    this.#reports = this.#child.stdout.getReader();
    this.#send(wrapper);
    void this.#child.status.then(() => this.#isGone = true);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get gone(): Promise<unknown> {
    return this.#child.status;
  }

  hasEnvironment(own: Environment): boolean {
    return JSON.stringify(own) === this.#environment;
  }

  async serve(order: string): Promise<ProcessEnd> {
    this.#send(order);
    const report = await this.#nextReport();
    if (report !== null) return { code: Number(report), signal: null };
    const { code, signal } = await this.#child.status;
    return { code: signal === null ? code : null, signal };
  }

  /** After a run: whether it may be given another one. */
  async isIdle(): Promise<boolean> {
    return await this.#nextReport() === "idle" && !this.#isGone;
  }

  /** It ends as soon as its run has ended. */
  dismiss(): void {
    this.#orders.close().catch(ignore);
    this.#reports.cancel().catch(ignore);
  }

  #send(text: string): void {
    // Where it is gone already, there is no report either.
    this.#orders.write(encoder.encode(text)).catch(ignore);
  }

  async #nextReport(): Promise<string | null> {
    while (!this.#heard.includes("\n")) {
      const { value, done } = await this.#reports.read();
      if (done) return null;
      this.#heard += decoder.decode(value);
    }
    const end = this.#heard.indexOf("\n");
    const report = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end + 1);
    return report;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function ignore(): void {}

/** In braces, so that an order which was not written to its end is none. */
function orderText(order: RunOrder): string {
  return `{ queuectl_serve ${wordsOf(order).map(quoted).join(" ")}\n}\n`;
}

/** The arguments of `queuectl_run`. */
export function wordsOf({ base, cwd, stdin, shell, variables, command, argv }: RunOrder): string[] {
  const assignments = runVariables.map((name) => `${name}=${variables[name]}`);
  const work = argv === null ? [shell, ...assignments, command] : ["", ...assignments, ...argv];
  return [base, cwd, stdin ?? "/dev/null", ...work];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
