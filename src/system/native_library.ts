/**
 * Finds SQLite's native library for the FFI driver: the one that the user names, else the one that the build has
 * embedded, which is unpacked into a private folder and checked before every use. Nothing is ever downloaded.
 */

import { join } from "@std/path";
import { createHash } from "node:crypto";
import { messageOf } from "../core/errors.ts";
import { embeddedFolder } from "./embedded_folder.ts";

/** A library that may be loaded. */
export interface NativeLibrary {
  readonly path: string;
  readonly origin: "DENO_SQLITE_PATH" | "embedded";
}

/** Why there is no library, in words that follow a colon. */
export interface NoNativeLibrary {
  readonly missing: string;
}

/** A library inside of the compiled program. */
export interface EmbeddedLibrary {
  /** Lower-case hex, as the build noted it. */
  readonly sha256: string;
  read(): Uint8Array<ArrayBuffer>;
}

/** Where to look, and where to unpack. */
export interface LibraryQuery {
  readonly env: (name: string) => string | undefined;
  /** Where the embedded library is unpacked: a folder for nothing else, made when it is needed; null for nowhere. */
  readonly folder: string | null;
  /** What the program has embedded; found out when left out. */
  readonly embedded?: EmbeddedLibrary | null;
}

/** The files that the build puts into the folder `native` of the embedded modules. */
export const embeddedNames = { library: "library", sha256: "library.sha256" } as const;

/**
 * The library that DENO_SQLITE_PATH names, untried; else the embedded one, unpacked and checked; else why there is
 * none. Needs the permissions read, write and, to know whose the folder is, sys.
 */
export function findNativeLibrary(query: LibraryQuery): NativeLibrary | NoNativeLibrary {
  const named = query.env("DENO_SQLITE_PATH");
  if (named !== undefined && named !== "") return { path: named, origin: "DENO_SQLITE_PATH" };
  const embedded = query.embedded === undefined ? embeddedLibrary() : query.embedded;
  if (embedded === null) return { missing: "no native SQLite library is at hand" };
  if (query.folder === null) return { missing: "there is no folder to unpack the SQLite library into" };
  try {
    return { path: unpack(embedded, query.folder), origin: "embedded" };
  } catch (error) {
    return {
      missing: `the embedded SQLite library cannot be unpacked into ${query.folder}: ${messageOf(error)}`,
    };
  }
}

/** The library that the build has embedded into this program, or null. */
export function embeddedLibrary(): EmbeddedLibrary | null {
  // From source a folder of that name is a left-over of some build.
  if (!Deno.build.standalone) return null;
  const folder = embeddedFolder("native");
  try {
    return {
      sha256: Deno.readTextFileSync(new URL(embeddedNames.sha256, folder)).trim(),
      read: () => Deno.readFileSync(new URL(embeddedNames.library, folder)),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Returns the path of an unpacked library whose content has just been checked. */
function unpack(embedded: EmbeddedLibrary, folder: string): string {
  makePrivate(folder);
  const path = join(folder, `sqlite3-${embedded.sha256}${extension()}`);
  if (holds(path, embedded.sha256)) return path;
  const problem = replace(path, embedded.read());
  if (holds(path, embedded.sha256)) return path;
  throw problem ?? new Error("what is embedded is damaged; install queuectl anew");
}

/** Windows finds a library only under a name that ends like one. */
function extension(): string {
  if (Deno.build.os === "windows") return ".dll";
  return Deno.build.os === "darwin" ? ".dylib" : ".so";
}

/** Whoever else could write here could exchange the library between its check and its use. */
function makePrivate(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (Deno.build.os === "windows") return;
  const { isDirectory, uid, mode } = Deno.lstatSync(folder);
  if (!isDirectory) throw new Error("it is not a folder");
  if (uid !== Deno.uid()) throw new Error(`it belongs to another user (uid ${uid})`);
  if (((mode ?? 0) & 0o077) !== 0) throw new Error("others have access to it");
}

/** Whether there is a plain file of that content. */
function holds(path: string, sha256: string): boolean {
  try {
    return Deno.lstatSync(path).isFile && sha256OfFile(path) === sha256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** In small pieces: this runs at every start, and memory for the whole file costs more time than its hash. */
function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  const piece = new Uint8Array(65_536);
  using file = Deno.openSync(path);
  for (let size = file.readSync(piece); size !== null; size = file.readSync(piece)) {
    hash.update(piece.subarray(0, size));
  }
  return hash.digest("hex");
}

/**
 * Puts the file in place as a whole. A failed rename is returned, not thrown: on Windows another process may have
 * done the same and loaded it already, which locks the file, and then all is well.
 */
function replace(path: string, bytes: Uint8Array): unknown {
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    Deno.writeFileSync(draft, bytes, { createNew: true, mode: 0o700 });
    Deno.renameSync(draft, path);
    return undefined;
  } catch (error) {
    removeIfThere(draft);
    return error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
