/** What the command line may ask of the outside; `wiring.ts` gives the real one, tests another. */

import type { Admission } from "../core/admission.ts";
import type { GivenInput } from "../core/job_input.ts";
import type { ConfigFile, Log, Machine } from "../core/ports.ts";
import type { ResolvedSettings, Settings, SettingTexts } from "../core/settings.ts";
import type { StoreKind } from "../core/store_address.ts";
import type { Telemetry } from "../core/telemetry.ts";
import type { WordsReader } from "../core/time_text.ts";
import type { WebhookAnswer, WebhookPost } from "../core/webhook_delivery.ts";
import type { ServedQueue } from "../operations/served_queue.ts";
import type { Store } from "../store/store.ts";

/** A Deno permission that a command may keep. */
export type Permission = "read" | "write" | "env" | "run" | "sys" | "ffi" | "net";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTSTP" | "SIGWINCH";

export interface Output {
  /** Writes all of it before it returns. Throws `ClosedPipe` where nobody reads any more. */
  write(data: string | Uint8Array): void;
  readonly isTerminal: boolean;
  /** Whether colour is welcome: a terminal, and no NO_COLOR. */
  readonly hasColour: boolean;
  /** The width of the terminal in columns; of a pipe, Infinity. */
  readonly columns: number;
  /** The height of the terminal in lines; of a pipe, Infinity. */
  readonly rows: number;
}

/** The reader of our output has gone; the program ends quietly. */
export class ClosedPipe extends Error {}

export interface OwnRun {
  readonly jobId: string;
  readonly number: number;
  readonly mark: string;
}

export interface ProgramVersion {
  readonly program: string;
  readonly deno: string;
  readonly target: string;
  readonly isCompiled: boolean;
}

/** One home, found and checked. */
export interface OpenHome {
  readonly path: string;
  readonly foundBy: string;
  readonly config: ConfigFile;
  /** Settings from the given flags, the environment, config.json and the defaults. */
  settings(flags: SettingTexts): ResolvedSettings;
  /** The store for writing; home and store are made where they are not. */
  openStore(settings: Settings): Promise<Store>;
  /** The store for reading, or null where there is none yet; makes nothing. */
  readStore(settings: Settings): Promise<Store | null>;
  /** Where that store is, as it may be shown: the file's path, or the URL without a password. */
  locationOf(settings: Settings): string;
  /** Makes the home's folder. */
  make(): void;
  machine(): Machine;
  log(who: string): Log;
}

/** What others have access to in a home, whether or not it may be used. */
export interface HomeModes {
  readonly path: string;
  readonly foundBy: string;
  readonly isThere: boolean;
  readonly loose: readonly { readonly path: string; readonly mode: number; readonly wanted: number }[];
  /** Takes it from them. */
  tighten(): void;
}

/** What a server is to be. */
export interface WebRequest {
  readonly queue: ServedQueue;
  readonly hostname: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Other names by which it is reached, in lower case. */
  readonly names: readonly string[];
  readonly admission: Admission;
  /** Told of errors that nobody expected. */
  readonly report: (error: unknown) => void;
}

export interface RunningWeb {
  readonly url: string;
  /** A URL that logs a browser in, once. */
  loginUrl(): string;
  close(): Promise<void>;
}

/** What only the server needs, loaded for it. */
export interface WebWorld {
  /** Listens at once; the permission net is needed for that alone. */
  start(request: WebRequest): RunningWeb;
  /** The token in a file. Throws where it is not to be trusted. */
  readToken(path: string): string;
  makeToken(path: string): void;
  /** Why browsers get no dashboard, and what gives them one; null where they do. */
  readonly dashboardNote: string | null;
  /** Whether a browser was called. */
  openBrowser(url: string): Promise<boolean>;
}

/** What only webhooks need, loaded for them. */
export interface WebhookWorld {
  /** Begins at once; the permission net is needed for that alone. Never rejects. */
  post(post: WebhookPost): Promise<WebhookAnswer>;
  newSecret(): string;
}

export interface World {
  readonly args: readonly string[];
  readonly version: ProgramVersion;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly cwd: string;
  /** All of stdin as text, or null where it is a terminal. */
  readStdin(): Promise<string | null>;
  /** The line that is answered to a question on the terminal, "" for none; null where there is no terminal. */
  ask(question: string): Promise<string | null>;
  /** Whether stdin is a terminal. */
  readonly isTerminal: boolean;
  /**
   * Hands over what is typed, as it is typed, until the function that it returns gives the terminal back; null where there
   * is none. `onEnd` is called where input ends.
   */
  readKeys(onInput: (text: string) => void, onEnd: () => void): (() => void) | null;
  /** A variable of the caller's environment. */
  variable(name: string): string | undefined;
  /** Text of a file as the caller names it. Throws a QueueError where it cannot be read. */
  readFile(path: string): string;
  /** What a job is to read: a file as the caller names it. Throws a QueueError where it cannot be read. */
  openInput(path: string): Promise<GivenInput>;
  /** The same of stdin, or null where it is a terminal. */
  openStdin(): Promise<GivenInput | null>;
  /** Replaces a file, named by an absolute path, at one instant; others may read it. */
  writeFile(path: string, text: string): void;
  /** A path as the caller means it, absolute. */
  readonly resolvePath: (path: string) => string;
  /** UTC milliseconds, for relative times; the store has its own clock. */
  now(): number;
  /** Loads what reads times in words, as they are meant now and here. */
  readonly timeWords: () => Promise<WordsReader>;
  /**
   * Gives every other permission away, for good. For each kind of store its driver is loaded before, and what it works by is
   * kept: ffi, or net for a server.
   */
  keepOnly(
    permissions: readonly Permission[],
    use: { readonly stores: readonly StoreKind[] },
  ): Promise<void>;
  findHome(flag: string | undefined): OpenHome;
  homeModes(flag: string | undefined): HomeModes;
  /** Makes `.queuectl/` in the working directory; false where it was there. */
  makeLocalHome(): { readonly path: string; readonly isNew: boolean };
  /** The run that called this program, as its environment says; null outside of a job. */
  readonly ownRun: OwnRun | null;
  /** Whether QUEUECTL_HOME is set. */
  readonly hasHomeVariable: boolean;
  /** The SQLite driver that would serve. */
  driver(): Promise<{ readonly name: string; readonly sqliteVersion: string; readonly note: string | null }>;
  /** Where OTEL_DENO asks for it, who is told of traces and logs; null otherwise. */
  telemetry(onTrouble: (text: string) => void): Promise<Telemetry | null>;
  web(): Promise<WebWorld>;
  webhooks(): Promise<WebhookWorld>;
  /** Calls back on a signal until the program ends. */
  onSignal(signal: Signal, callback: () => void): void;
}
