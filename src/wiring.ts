/**
 * The composition root: gives the command line the real world. Everything that opens something is behind a function,
 * and what only some commands need is imported when they need it, so that `--help` opens nothing.
 */

import { join, resolve } from "@std/path";
import config from "../deno.json" with { type: "json" };
import {
  ClosedPipe,
  type HomeModes,
  type OpenHome,
  type Output,
  type OwnRun,
  type WebWorld,
  type World,
} from "./cli/world.ts";
import { QueueError, StoreUnavailable } from "./core/errors.ts";
import {
  resolveSettings,
  type SettingName,
  settingNames,
  type Settings,
  type SettingTexts,
} from "./core/settings.ts";
import { isServerAddress, type StoreKind, withoutPassword } from "./core/store_address.ts";
import { nearest } from "./core/suggest.ts";
import { keptSettings } from "./operations/change_config.ts";
import { chooseDriver } from "./store/sqlite/choose_driver.ts";
import type { Driver } from "./store/sqlite/driver.ts";
import { systemChance, systemClock } from "./system/clock.ts";
import { configFile } from "./system/config_file.ts";
import {
  checkHome,
  findHome,
  type Home,
  isDiskFull,
  knowsUserFolder,
  localHomeName,
  makeHome,
  trust,
  trustFileOf,
  userCacheFolder,
} from "./system/home.ts";
import { openInput, openStdin } from "./system/input_source.ts";
import { looseModes, tighten } from "./system/home_modes.ts";
import { logFile } from "./system/log_file.ts";
import { writeOutput } from "./system/output_file.ts";
import { realMachine } from "./system/machine.ts";
import { findNativeLibrary } from "./system/native_library.ts";
import { keepOnly, type Permission } from "./system/permissions.ts";
import { readKeys } from "./system/raw_terminal.ts";
import { reasonOf } from "./system/reason.ts";
import { askOnTerminal, readInput, readStdin, writeAll } from "./system/streams.ts";

type Environment = Readonly<Record<string, string>>;

/** The world of this process. `mainModule` is the URL of main.ts. */
export function realWorld(mainModule: string): World {
  const env = Deno.env.toObject();
  const variable = (name: string): string | undefined => env[name];
  const driver = once(async () =>
    await chooseDriver({
      wanted: variable("QUEUECTL_SQLITE_DRIVER"),
      library: await findNativeLibrary({
        env: variable,
        folder: knowsUserFolder(variable) ? join(userCacheFolder(variable), "native") : null,
      }),
    })
  );
  const cwd = once(workingDirectory);
  return {
    args: Deno.args,
    version: {
      program: config.version,
      deno: Deno.version.deno,
      target: Deno.build.target,
      isCompiled: Deno.build.standalone,
    },
    stdout: output(Deno.stdout, env),
    stderr: output(Deno.stderr, env),
    get cwd() {
      return cwd();
    },
    resolvePath: (path) => resolve(cwd(), path),
    variable,
    readStdin,
    ask: askOnTerminal,
    get isTerminal() {
      return Deno.stdin.isTerminal();
    },
    readKeys,
    readFile: (path) => readInput(resolve(cwd(), path)),
    openInput: (path) => openInput(resolve(cwd(), path)),
    openStdin,
    writeFile: (path, text) => writeOutput(path, text, systemChance.token(8)),
    now: systemClock.now,
    timeWords: once(async () => (await import("./system/time_words.ts")).timeWordsAt(systemClock.now())),
    async keepOnly(permissions, { stores }) {
      const ofDrivers = await Promise.all(stores.map((kind) => permissionsOf(kind, { driver, env })));
      keepOnly([...permissions, ...ofDrivers.flat()]);
    },
    findHome: (flag) => openHome(findHome({ flag, cwd: cwd(), env: variable }), { env, mainModule, driver }),
    homeModes: (flag) => homeModes(findHome({ flag, cwd: cwd(), env: variable })),
    makeLocalHome: () => makeLocalHome(cwd(), trustFileOf(variable)),
    ownRun: ownRun(env),
    hasHomeVariable: (variable("QUEUECTL_HOME") ?? "") !== "",
    driver,
    telemetry: async (onTrouble) =>
      variable("OTEL_DENO") === undefined ? null : (await import("./system/otlp.ts")).otlpTelemetry({
        variable,
        version: config.version,
        now: systemClock.now,
        onTrouble,
      }),
    web: webWorld,
    webhooks: async () => {
      const { postWebhook } = await import("./system/webhook_post.ts");
      const { newSecret } = await import("./system/webhook_secret.ts");
      return { post: postWebhook, newSecret };
    },
    onSignal: (signal, callback) => {
      if (Deno.build.os !== "windows" || signal === "SIGINT") Deno.addSignalListener(signal, callback);
    },
  };
}

async function webWorld(): Promise<WebWorld> {
  const [{ startServer }, { listenForHttp }, { readDashboard }, tokens, { openBrowser }] = await Promise.all([
    import("./web/server.ts"),
    import("./system/listener.ts"),
    import("./system/dashboard_files.ts"),
    import("./system/token_file.ts"),
    import("./system/browser.ts"),
  ]);
  const files = readDashboard();
  return {
    start: (request) => startServer({ ...request, files, listen: listenForHttp }),
    dashboardNote: files.has("index.html")
      ? null
      : "Note: the dashboard is not built, so browsers get none: deno task build:dashboard",
    readToken: tokens.readTokenFile,
    makeToken: tokens.makeTokenFile,
    openBrowser,
  };
}

function ownRun(env: Environment): OwnRun | null {
  const { QUEUECTL_JOB_ID: jobId, QUEUECTL_ATTEMPT: number = "", QUEUECTL_RUN: mark = "" } = env;
  if (jobId === undefined || !/^[1-9]\d{0,8}$/.test(number) || !/^[0-9a-z]+$/.test(mark)) return null;
  return { jobId, number: Number(number), mark };
}

/** What a store's driver works by. It is loaded here, since afterwards that may not be possible. */
async function permissionsOf(
  store: StoreKind,
  { driver, env }: { readonly driver: () => Promise<Driver>; readonly env: Environment },
): Promise<Permission[]> {
  if (store !== "sqlite") {
    await import("./store/postgres/open.ts");
    // Whoever uses a socket writes to its file.
    const isSocket = store === "postgres_socket" || (env.PGHOST ?? "").startsWith("/");
    // The driver reads PG* variables, and asks for the user's name.
    return ["net", "env", "sys", ...(isSocket ? ["write" as const] : [])];
  }
  return (await driver()).name === "@db/sqlite" ? ["ffi"] : [];
}

function workingDirectory(): string {
  try {
    return Deno.cwd();
  } catch (cause) {
    throw new QueueError("failed", "Cannot run here: the working directory is gone", {
      hint: "Change to a folder that exists: cd",
      cause,
    });
  }
}

function homeModes({ path, foundBy }: Home): HomeModes {
  const loose = looseModes(path);
  return { path, foundBy, isThere: isFolder(path), loose, tighten: () => tighten(loose) };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

interface HomeParts {
  readonly env: Environment;
  readonly mainModule: string;
  readonly driver: () => Promise<Driver>;
}

function openHome(home: Home, parts: HomeParts): OpenHome {
  const trustFile = trustFileOf((name) => parts.env[name]);
  let isThere = checkHome(home, trustFile);
  const storePath = join(home.path, "queue.sqlite");
  const config_ = configFile(join(home.path, "config.json"), () => systemChance.token(8));
  const openServer = async (access: "read" | "write", settings: Settings) =>
    await (await import("./store/postgres/open.ts")).openPostgresStore({ url: settings.store, access });
  const openFile = async (access: "read" | "write", settings: Settings) =>
    await (await import("./store/sqlite/open.ts")).openSqliteStore({
      path: storePath,
      driver: await parts.driver(),
      access,
      durability: settings.durability,
      clock: systemClock.now,
      chance: systemChance.fraction,
      programVersion: config.version,
      isDiskFull: () => isDiskFull(home.path),
    });
  return {
    path: home.path,
    foundBy: home.foundBy,
    config: config_,
    settings: (flags) =>
      resolveSettings({
        flags,
        environment: environmentSettings(parts.env),
        file: keptSettings(config_),
        system: Deno.build.os === "windows" ? { shell: "cmd.exe" } : {},
      }),
    make: () => makeHome(home, trustFile),
    locationOf: ({ store }) => isServerAddress(store) ? withoutPassword(store) : storePath,
    openStore: async (settings) => {
      makeHome(home, trustFile);
      if (isServerAddress(settings.store)) return (await openServer("write", settings))!;
      makePrivateFile(storePath);
      return await openFile("write", settings);
    },
    readStore: async (settings) => {
      if (isServerAddress(settings.store)) return await openServer("read", settings);
      // It may have been made since.
      isThere ||= checkHome(home, trustFile);
      return isThere && isFile(storePath) ? await openFile("read", settings) : null;
    },
    machine: once(() => realMachine({ home: home.path, ...parts })),
    log: (who) => logFile(join(home.path, "logs", "queuectl.log"), who, systemClock.now),
  };
}

/** Opening a file that is missing would make it with the umask's mode; what SQLite puts beside it takes the same mode. */
function makePrivateFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
  } catch (error) {
    throw new StoreUnavailable("no_access", `Cannot open ${path}: ${reasonOf(error)}`, {
      hint: "Check the owner and mode of the home folder, and its disk",
      cause: error,
    });
  }
}

function isFile(path: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    // An empty one is just being made, or was left by a crash before it was.
    return isFile && size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function makeLocalHome(
  cwd: string,
  trustFile: string | null,
): { readonly path: string; readonly isNew: boolean } {
  // Named by whoever calls init: what is checked is whether it is theirs and private; then it is trusted.
  const home: Home = { path: join(cwd, localHomeName), foundBy: "--home" };
  const isNew = !checkHome(home, trustFile);
  makeHome(home, trustFile);
  trust(home, trustFile);
  // The queue of a working copy is nobody else's business.
  if (isNew) Deno.writeTextFileSync(join(home.path, ".gitignore"), "*\n", { mode: 0o600 });
  return { path: home.path, isNew };
}

/** Variables with our prefix that are no settings. */
const otherVariables =
  /^QUEUECTL_(HOME|SQLITE_DRIVER|JOB_ID|DEAD_.*|ATTEMPT|QUEUE|RUN|PACKAGES|DENO_FLAGS|INSTALL_.*|VERSION|TEST_.*|REQUIRE_.*)$/;

/** The settings that QUEUECTL_* variables give. One that is nearly a setting's name is refused. */
function environmentSettings(env: Environment): SettingTexts {
  const texts: Partial<Record<SettingName, string>> = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("QUEUECTL_") || otherVariables.test(variable) || text === "") continue;
    const name = variable.slice("QUEUECTL_".length).toLowerCase();
    const found = settingNames.find((known) => known === name);
    if (found !== undefined) {
      texts[found] = text;
      continue;
    }
    const meant = nearest(name, settingNames);
    if (meant === undefined) continue;
    throw new QueueError("usage", `Cannot use the variable ${variable}: there is no such setting`, {
      hint: `Did you mean QUEUECTL_${meant.toUpperCase()}?`,
    });
  }
  return texts;
}

type Stream = typeof Deno.stdout;

function output(stream: Stream, env: Environment): Output {
  const encoder = new TextEncoder();
  const isTerminal = once(() => stream.isTerminal());
  return {
    get isTerminal() {
      return isTerminal();
    },
    get hasColour() {
      return isTerminal() && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
    },
    get columns() {
      return isTerminal() ? terminalSize().columns : Infinity;
    },
    get rows() {
      return isTerminal() ? terminalSize().rows : Infinity;
    },
    write(data) {
      const bytes = typeof data === "string" ? encoder.encode(data) : data;
      if (writeAll(stream, bytes) === "closed") throw new ClosedPipe();
    },
  };
}

function terminalSize(): { readonly columns: number; readonly rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 };
  }
}

function once<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: read() }).of;
}
