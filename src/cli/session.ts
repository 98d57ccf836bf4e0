/** One call of the program: the world, the home that it means, and what it was told. */

import type { ResolvedSettings, Settings, SettingTexts } from "../core/settings.ts";
import { keptTraceparent, traceVariable } from "../core/trace_context.ts";
import { kindOfStore, type StoreKind } from "../core/store_address.ts";
import { describeMove } from "../store/move.ts";
import type { Store } from "../store/store.ts";
import type { OpenHome, World } from "./world.ts";

export interface SessionOptions {
  /** What `--home` said. */
  readonly home: string | undefined;
  readonly settings: SettingTexts;
  readonly json: boolean;
  readonly showHelp: (name: string) => Promise<number>;
}

export class Session {
  readonly world: World;
  /** Prints the help of a command or topic; throws a usage error where there is none. Returns the exit code. */
  readonly showHelp: (name: string) => Promise<number>;
  readonly json: boolean;
  readonly #homeFlag: string | undefined;
  readonly #settingFlags: SettingTexts;
  #home: OpenHome | undefined;
  #resolved: ResolvedSettings | undefined;
  #store: Store | null = null;

  constructor(world: World, given: SessionOptions) {
    this.world = world;
    this.showHelp = given.showHelp;
    this.#homeFlag = given.home;
    this.#settingFlags = given.settings;
    this.json = given.json;
  }

  /** What `--home` said. */
  get homeFlag(): string | undefined {
    return this.#homeFlag;
  }

  get home(): OpenHome {
    this.#home ??= this.world.findHome(this.#homeFlag);
    return this.#home;
  }

  get settingFlags(): SettingTexts {
    return this.#settingFlags;
  }

  get resolved(): ResolvedSettings {
    this.#resolved ??= this.home.settings(this.#settingFlags);
    return this.#resolved;
  }

  get settings(): Settings {
    return this.resolved.values;
  }

  /** What kind of store it is; `sqlite` where the settings are wrong, which whoever reads them will say. */
  get storeKind(): StoreKind {
    try {
      return kindOfStore(this.settings.store);
    } catch {
      return "sqlite";
    }
  }

  /** The trace context that the caller is in, or null. */
  get traceparent(): string | null {
    return keptTraceparent(this.world.variable(traceVariable));
  }

  /** The store for writing; made where there is none. */
  async store(): Promise<Store> {
    this.#store ??= await this.home.openStore(this.settings);
    return this.#store;
  }

  /** The store for reading, or null where there is none; says when its queue is moved, or has moved away. */
  async readStore(): Promise<Store | null> {
    if (this.#store !== null) return this.#store;
    this.#store = await this.home.readStore(this.settings);
    const move = this.#store === null ? null : (await this.#store.moveState()).move;
    if (move !== null) {
      const { location } = this.#store!.info;
      const { found, hint } = describeMove(move, location);
      this.say(`Note on ${location}: ${found}\n  ${hint}`);
    }
    return this.#store;
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    await store?.close();
  }

  /** A call of this program as it would be typed for the same home. */
  commandLine(words: string): string {
    return `queuectl ${this.#homeFlag === undefined ? "" : `--home ${this.#homeFlag} `}${words}`;
  }

  /** Data for stdout. */
  print(text: string): void {
    this.world.stdout.write(text + "\n");
  }

  /** Talk for stderr. */
  say(text: string): void {
    this.world.stderr.write(text + "\n");
  }

  /** What is going on, on one line of a terminal that the next call overwrites; "" takes it away. */
  progress(text: string): void {
    if (this.world.stderr.isTerminal) this.world.stderr.write(`\r\x1b[2K${text}`);
  }

  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, this.world.stdout.isTerminal ? 2 : undefined));
  }
}
