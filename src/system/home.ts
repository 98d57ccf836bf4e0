/**
 * Finds the home of a queue, and makes sure that it is ours alone: commands may hold secrets, and a cloned
 * repository must not bring a queue along.
 */

import { dirname, join, resolve } from "@std/path";
import { statfsSync } from "node:fs";
import { QueueError, StoreUnavailable } from "../core/errors.ts";
import { isDraft } from "./config_file.ts";
import { reasonOf } from "./reason.ts";

export interface HomeQuery {
  /** What `--home` said. */
  readonly flag: string | undefined;
  readonly cwd: string;
  readonly env: (name: string) => string | undefined;
}

export interface Home {
  /** Absolute. */
  readonly path: string;
  /** How it was found, for `config path` and `doctor`. */
  readonly foundBy: "--home" | "QUEUECTL_HOME" | "a .queuectl folder" | "the user's data folder";
}

/** The name of a home that belongs to a folder tree. */
export const localHomeName = ".queuectl";

/** `--home`, then QUEUECTL_HOME, then the nearest `.queuectl/` upwards, then the user's data folder. */
export function findHome(query: HomeQuery): Home {
  if (query.flag === "") {
    throw new QueueError("usage", "Cannot use --home: it names no folder", {
      hint: "Name one: --home FOLDER",
    });
  }
  if (query.flag !== undefined) return { path: resolve(query.cwd, query.flag), foundBy: "--home" };
  const named = query.env("QUEUECTL_HOME");
  if (named !== undefined && named !== "") {
    return { path: resolve(query.cwd, named), foundBy: "QUEUECTL_HOME" };
  }
  const local = nearestLocalHome(query.cwd);
  if (local !== undefined) return { path: local, foundBy: "a .queuectl folder" };
  return { path: userDataFolder(query.env), foundBy: "the user's data folder" };
}

function nearestLocalHome(cwd: string): string | undefined {
  for (let folder = cwd;; folder = dirname(folder)) {
    const candidate = join(folder, localHomeName);
    if (statOrUndefined(candidate)?.isDirectory) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

function userDataFolder(env: HomeQuery["env"]): string {
  if (Deno.build.os === "windows") {
    return join(needed(env, "LOCALAPPDATA"), "queuectl");
  }
  const data = env("XDG_DATA_HOME");
  if (data !== undefined && data.startsWith("/")) return join(data, "queuectl");
  const user = needed(env, "HOME");
  return Deno.build.os === "darwin"
    ? join(user, "Library", "Application Support", "queuectl")
    : join(user, ".local", "share", "queuectl");
}

/** Where what can be made again is kept: the SQLite library of a compiled program, unpacked. */
export function userCacheFolder(env: HomeQuery["env"]): string {
  if (Deno.build.os === "windows") return join(needed(env, "LOCALAPPDATA"), "queuectl", "cache");
  const cache = env("XDG_CACHE_HOME");
  if (cache !== undefined && cache.startsWith("/")) return join(cache, "queuectl");
  const user = needed(env, "HOME");
  return Deno.build.os === "darwin"
    ? join(user, "Library", "Caches", "queuectl")
    : join(user, ".cache", "queuectl");
}

function needed(env: HomeQuery["env"], name: string): string {
  const value = env(name);
  if (value !== undefined && value !== "") return value;
  throw new QueueError("usage", `Cannot find a home for the queue: ${name} is not set`, {
    hint: "Name one: queuectl --home FOLDER …",
  });
}

/** Read while it still may be: a command that only reads gives the permission away. */
const ownUid = Deno.build.os === "windows" ? null : Deno.uid();

/** What may lie in a home that has no queue yet. */
const ownNames = [
  ".gitignore",
  "config.json",
  "logs",
  "wake",
  "runs",
  "inputs",
  "workers.pid",
  ".workers.lock",
  "queue.sqlite",
];

function isQueueOrEmpty(path: string): boolean {
  const names = [...Deno.readDirSync(path)].map((entry) => entry.name);
  return names.includes("queue.sqlite") || names.every((name) => ownNames.includes(name) || isDraft(name));
}

/** Where a user's own `.queuectl` folders are written down, one path a line: what a clone brings is not among them. */
export function trustFileOf(env: HomeQuery["env"]): string | null {
  if (!knowsUserFolder(env)) return null;
  return join(userDataFolder(env), "local-homes");
}

/** Whether the environment tells where the user's own files are. */
export function knowsUserFolder(env: HomeQuery["env"]): boolean {
  return (env(Deno.build.os === "windows" ? "LOCALAPPDATA" : "HOME") ?? "") !== "";
}

function isTrusted(path: string, trustFile: string | null): boolean {
  if (trustFile === null) return false;
  try {
    return Deno.readTextFileSync(trustFile).split("\n").includes(Deno.realPathSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Writes a local home down as the user's own. */
export function trust(home: Home, trustFile: string | null): void {
  if (trustFile === null) {
    throw unusable(
      home,
      "HOME is not set, so it cannot be written down as yours",
      "Set HOME, or use --home FOLDER",
    );
  }
  if (isTrusted(home.path, trustFile)) return;
  try {
    Deno.mkdirSync(dirname(trustFile), { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(trustFile, `${Deno.realPathSync(home.path)}\n`, { append: true, mode: 0o600 });
  } catch (error) {
    throw unusable(
      home,
      `it cannot be written down in ${trustFile}: ${reasonOf(error)}`,
      "Or name it: --home FOLDER",
      error,
    );
  }
}

/**
 * Whether the home is there. Throws where it is not ours, open to others, no home at all, or found upwards without
 * having been made by `queuectl init` (see `trustFileOf`).
 */
export function checkHome(home: Home, trustFile: string | null): boolean {
  const found = statOrUndefined(home.path);
  if (found === undefined) return false;
  if (!found.isDirectory) throw unusable(home, "it is not a folder", "Choose another one: --home FOLDER");
  if (ownUid !== null && found.uid !== ownUid) {
    throw unusable(
      home,
      `it belongs to another user (uid ${found.uid})`,
      "Run as that user, or choose another: --home FOLDER",
    );
  }
  if (!isQueueOrEmpty(home.path)) {
    throw unusable(
      home,
      "it holds other things, and no queue",
      "Choose another one, or a new one: --home FOLDER",
    );
  }
  if (ownUid !== null && found.mode !== null && (found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw unusable(home, `others have access to it (mode ${mode})`, `If it is yours: chmod 700 ${home.path}`);
  }
  if (home.foundBy === "a .queuectl folder" && !isTrusted(home.path, trustFile)) {
    throw unusable(
      home,
      "it was not made here by queuectl init",
      "If it is yours, run in its folder: queuectl init",
    );
  }
  return true;
}

/** Makes the home with mode 0700 unless it is there. Throws where it cannot be made or is not ours. */
export function makeHome(home: Home, trustFile: string | null): void {
  if (!checkHome(home, trustFile)) {
    try {
      Deno.mkdirSync(home.path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw unusable(home, reasonOf(error), "Choose another one: --home FOLDER", error);
    }
    checkHome({ ...home, foundBy: "--home" }, trustFile);
  }
  refuseNetworkDisk(home);
}

/** Whether the disk of a folder has no room left; false where that cannot be told. */
export function isDiskFull(folder: string): boolean {
  try {
    return Number(statfsSync(folder).bavail) === 0;
  } catch {
    return false;
  }
}

/** Magic numbers of statfs(2) for file systems on which SQLite's locks and shared memory do not hold. */
const networkDisks: Readonly<Record<number, string>> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB2",
  0x5346414f: "AFS",
  0x00c36400: "Ceph",
  0x0bd00bd0: "Lustre",
  0x01021997: "9P",
  0x47504653: "GPFS",
  0x564c: "NCP",
};

function refuseNetworkDisk(home: Home): void {
  if (Deno.build.os !== "linux") return;
  const name = networkDisks[Number(statfsSync(home.path).type) >>> 0];
  if (name === undefined) return;
  throw unusable(
    home,
    `it lies on a network file system (${name}), where SQLite's locks do not hold`,
    "Choose a home on a local disk: --home FOLDER",
  );
}

function unusable(home: Home, found: string, hint: string, cause?: unknown): StoreUnavailable {
  return new StoreUnavailable("no_access", `Cannot use the home ${home.path}: ${found}`, { hint, cause });
}

function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
