/**
 * What every benchmark works with: compiled programs, queues in throw-away homes, a folder that goes afterwards.
 * Whatever was started ends with the workshop, also when it is closed in the middle.
 */

import { fromFileUrl } from "@std/path";
import { programPermissions } from "../../src/system/self_launcher.ts";
import { build } from "../../scripts/build.ts";
import { bundle } from "../../scripts/bundle.ts";
import { OwnServer } from "../support/own_server.ts";
import { type Program, TestQueue } from "../support/program.ts";
import { compile, compileC } from "./compile.ts";

export interface WorkshopOptions {
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/** Variables that choose what is measured; they reach every call. */
const handedOn = ["DENO_SQLITE_PATH", "QUEUECTL_SQLITE_DRIVER", "QUEUECTL_DURABILITY"];

export class Workshop implements AsyncDisposable {
  /** Small sizes, for a look whether everything works. */
  readonly quick: boolean;
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly #made = new Map<string, Promise<unknown>>();
  /** With what is set for each. */
  readonly #queues = new Map<TestQueue, Readonly<Record<string, string>>>();
  readonly #children = new Set<Deno.ChildProcess>();
  #server: Promise<OwnServer | null> | undefined;

  private constructor(folder: string, options: WorkshopOptions) {
    this.folder = folder;
    this.quick = options.quick;
    this.say = options.say;
  }

  static async open(options: WorkshopOptions): Promise<Workshop> {
    return new Workshop(await Deno.makeTempDir({ prefix: "queuectl-bench-" }), options);
  }

  /** The full size of something, or the quick one. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** The compiled program: QUEUECTL_TEST_BINARY, or one that is built here. */
  binary(): Promise<string> {
    const given = Deno.env.get("QUEUECTL_TEST_BINARY");
    return given ? Promise.resolve(given) : this.#once("queuectl", async (output) => {
      await build({ output });
    });
  }

  /** A compiled hello world. */
  hello(): Promise<string> {
    return this.#once("hello", (output) => compile({ entry: pathOf("hello.ts"), output }));
  }

  /** The program with the driver for PostgreSQL loaded at the start. */
  eager(): Promise<string> {
    const flags = ["--no-code-cache", ...programPermissions];
    return this.#once("eager", async (output) => {
      const entry = await bundle(pathOf("eager.ts"), this.path("eager-modules"));
      await compile({ entry, isBundled: true, output, flags });
    });
  }

  /** What is measured inside a process, on the runtime of the compiled program. */
  companion(): Promise<string> {
    const flags = ["--no-code-cache", "-A"];
    return this.#once("companion", (output) => compile({ entry: pathOf("companion.ts"), output, flags }));
  }

  /** The loop of posix_spawn, or null where no C compiler is. */
  async spawnLoop(): Promise<string | null> {
    const path = await this.#once("spawn_loop", async (output) => {
      if (!await compileC(pathOf("spawn_loop.c"), output)) this.say("no C compiler is here");
    });
    return await exists(path) ? path : null;
  }

  /** A queue in a home of its own, used through the compiled program. */
  async queue(env: Readonly<Record<string, string>> = {}): Promise<TestQueue> {
    const program: Program = { name: "compiled", command: await this.binary(), args: [] };
    const queue = await TestQueue.create(program, { ...this.#environment(), ...env });
    this.#queues.set(queue, env);
    return queue;
  }

  /** A PostgreSQL server: QUEUECTL_TEST_POSTGRES, or one of our own; null where there is none. */
  async postgres(): Promise<string | null> {
    const named = Deno.env.get("QUEUECTL_TEST_POSTGRES");
    if (named) return named === "none" ? null : named;
    this.#server ??= OwnServer.start();
    return (await this.#server)?.url ?? null;
  }

  /** Ends what runs for a queue, and removes its home. */
  async done(queue: TestQueue): Promise<void> {
    await queue[Symbol.asyncDispose]();
    this.#queues.delete(queue);
  }

  /** The environment of a call for a queue. */
  environment(queue: TestQueue): Record<string, string> {
    return { NO_COLOR: "1", ...this.#environment(), ...this.#queues.get(queue), QUEUECTL_HOME: queue.home };
  }

  /** How long a process takes from its start to its end, in milliseconds. Throws where it fails. */
  async time(command: string, args: readonly string[], options: TimeOptions = {}): Promise<number> {
    const start = performance.now();
    const child = this.start(command, args, options);
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(options.stdin);
      await writer.close();
    }
    const { success, code } = await child.status;
    if (!success) throw new Error(`${command} ${args.slice(0, 3).join(" ")}: exit code ${code}`);
    return performance.now() - start;
  }

  /** Starts a process that ends with the workshop at the latest. */
  start(command: string, args: readonly string[], options: TimeOptions = {}): Deno.ChildProcess {
    const child = new Deno.Command(command, {
      args: [...args],
      env: options.env ?? {},
      cwd: this.folder,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: options.hasOutput ? "piped" : "null",
      stderr: options.hasOutput ? "inherit" : "null",
    }).spawn();
    this.#children.add(child);
    void child.status.finally(() => this.#children.delete(child));
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.allSettled(this.#made.values());
    await Promise.all([...this.#queues.keys()].map((queue) => this.done(queue)));
    await (await this.#server)?.[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  #environment(): Record<string, string> {
    return Object.fromEntries(handedOn.flatMap((name) => {
      const value = Deno.env.get(name);
      return value ? [[name, value]] : [];
    }));
  }

  /** Makes a file when it is needed first; returns its path. */
  async #once(name: string, make: (path: string) => Promise<void>): Promise<string> {
    const path = this.path(name);
    let made = this.#made.get(name);
    if (made === undefined) {
      this.say(`making ${name}`);
      this.#made.set(name, made = make(path));
    }
    await made;
    return path;
  }
}

export interface TimeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array<ArrayBuffer>;
  /** Whether stdout is read by the caller. */
  readonly hasOutput?: boolean;
}

function pathOf(name: string): string {
  return fromFileUrl(new URL(name, import.meta.url));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
