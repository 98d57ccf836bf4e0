/**
 * The command line in this process: the real parser, commands and store (in memory), with everything outside of
 * them made up, so that a hundred thousand calls take minutes and start nothing.
 */

import { resolve } from "@std/path";
import { run } from "../../src/cli/run.ts";
import type { OpenHome, World } from "../../src/cli/world.ts";
import { QueueError, StoreUnavailable } from "../../src/core/errors.ts";
import type { Machine } from "../../src/core/ports.ts";
import { resolveSettings } from "../../src/core/settings.ts";
import { keptSettings } from "../../src/operations/change_config.ts";
import type { Store } from "../../src/store/store.ts";
import { realMachine } from "../../src/system/machine.ts";
import { newSecret } from "../../src/system/webhook_secret.ts";
import { timeWordsAt } from "../../src/system/time_words.ts";
import type { Finished } from "../support/program.ts";
import { type Call, goesOn } from "./generated_calls.ts";
import { openTestStore } from "../support/open_store.ts";

/** The folder that calls are made in; it need not be there. */
export const here = "/here";

export class FuzzWorld {
  readonly #store: Store;
  readonly #machine: Machine;
  #kept: Record<string, unknown> = {};

  private constructor(store: Store, machine: Machine) {
    this.#store = store;
    this.#machine = machine;
  }

  static async open(): Promise<FuzzWorld> {
    const store = await openTestStore(":memory:", { durability: "relaxed" });
    const home = "/nowhere/queuectl-fuzz";
    const real = realMachine({ home, mainModule: import.meta.url, env: {} });
    const machine: Machine = {
      ...real,
      processes: { ...real.processes, start: startsNothing },
      self: { words: [], launch: startsNothing },
      wake: {
        wakeIdle() {},
        wakeAll() {},
        wakeWaiters() {},
        forget() {},
        listen: () => null,
        listenForEnds: () => null,
      },
      writePids: () => Promise.resolve(),
    };
    return new FuzzWorld(store, machine);
  }

  close(): void {
    this.#store.close();
  }

  async call({ args, stdin }: Pick<Call, "args" | "stdin">): Promise<Finished> {
    const [stdout, stderr] = [new Text(), new Text()];
    // What would go on for ever finds no store.
    const code = await run(this.#world(args, { stdin, stdout, stderr, hasStore: !goesOn({ args }) }));
    return { code, stdout: stdout.all(), stderr: stderr.all() };
  }

  #world(
    args: readonly string[],
    io: { stdin: string; stdout: Text; stderr: Text; hasStore: boolean },
  ): World {
    return {
      homeModes: (flag) => ({
        path: flag ?? here,
        foundBy: "--home",
        isThere: true,
        loose: [],
        tighten() {},
      }),
      args,
      version: { program: "0", deno: "0", target: "none", isCompiled: false },
      stdout: io.stdout,
      stderr: io.stderr,
      cwd: here,
      resolvePath: (path) => resolve(here, path),
      ask: () => Promise.resolve(null),
      variable: () => undefined,
      writeFile: () => {},
      isTerminal: false,
      readKeys: () => null,
      telemetry: () => Promise.resolve(null),
      readStdin: () => Promise.resolve(io.stdin),
      readFile(path) {
        if (path.length % 2 === 0) return io.stdin;
        throw new QueueError("usage", `Cannot read ${path}: it is not there`);
      },
      openInput: (path) =>
        path.length % 2 === 0
          ? Promise.resolve({ head: new TextEncoder().encode(io.stdin), rest: null })
          : Promise.reject(new QueueError("usage", `Cannot read ${path}: it is not there`)),
      openStdin: () => Promise.resolve({ head: new TextEncoder().encode(io.stdin), rest: null }),
      now: Date.now,
      timeWords: () => Promise.resolve(timeWordsAt(Date.now())),
      keepOnly: () => Promise.resolve(),
      findHome: () => this.#home(io),
      makeLocalHome: () => ({ path: `${here}/.queuectl`, isNew: true }),
      ownRun: null,
      hasHomeVariable: false,
      driver: () => Promise.resolve({ name: "node:sqlite", sqliteVersion: "0", note: null }),
      webhooks: () =>
        Promise.resolve({ post: () => Promise.resolve({ failure: "nothing is sent here" }), newSecret }),
      web: () => Promise.reject(new QueueError("failed", "Cannot listen here")),
      onSignal() {},
    };
  }

  #home({ hasStore, stderr }: { readonly hasStore: boolean; readonly stderr: Text }): OpenHome {
    const config = {
      path: "/nowhere/config.json",
      read: () => this.#kept,
      write: (values: Readonly<Record<string, unknown>>) => {
        this.#kept = { ...values };
      },
      changedAt: () => null,
    };
    return {
      path: "/nowhere",
      foundBy: "--home",
      config,
      settings: (flags) => resolveSettings({ flags, environment: {}, file: keptSettings(config) }),
      make() {},
      locationOf: ({ store }) => store,
      openStore: () => hasStore ? Promise.resolve(this.#unclosable()) : Promise.reject(noStore()),
      readStore: () => Promise.resolve(hasStore ? this.#unclosable() : null),
      machine: () => this.#machine,
      // A background process says in its log what others say on stderr.
      log: () => (line) => stderr.write(`queuectl: ${line}\n`),
    };
  }

  /** Each call closes its store; this one is for many calls. */
  #unclosable(): Store {
    return new Proxy(this.#store, {
      get(store, name) {
        if (name === "close") return () => {};
        const value: unknown = Reflect.get(store, name);
        return typeof value === "function" ? value.bind(store) : value;
      },
    });
  }
}

function startsNothing(): never {
  throw new Error("a generated call was about to start a process");
}

function noStore(): StoreUnavailable {
  return new StoreUnavailable("no_access", "Cannot open the store: there is none");
}

class Text {
  readonly isTerminal = false;
  readonly hasColour = false;
  readonly columns = Infinity;
  readonly rows = Infinity;
  #text = "";

  write(data: string | Uint8Array): void {
    this.#text += typeof data === "string" ? data : new TextDecoder().decode(data);
  }

  all(): string {
    return this.#text;
  }
}
