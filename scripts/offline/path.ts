/**
 * Stands in for `@std/path` where only an npm registry is reachable: the same names on Deno's built-in
 * `node:path` and `node:url`. Paths are strings; the few places where the two differ are evened out here.
 */
import {
  basename as nodeBasename,
  dirname as nodeDirname,
  isAbsolute,
  join as nodeJoin,
  sep as SEPARATOR,
} from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export { isAbsolute, SEPARATOR };
export { delimiter as DELIMITER, extname, normalize, relative, resolve } from "node:path";

// A root such as "/" or "C:\" keeps its separator.
const TRAILING_SEPARATORS = SEPARATOR === "/" ? /(?<=.)\/+$/s : /(?<=[^:\\/])[\\/]+$/;

/** The folder of a path, without the repeated separators that `node:path` leaves at its end. */
export function dirname(path: string): string {
  return nodeDirname(path).replace(TRAILING_SEPARATORS, "");
}

/** The last part of a path, without `suffix` unless it is all there is. A root stays itself. */
export function basename(path: string, suffix = ""): string {
  const name = nodeBasename(path) || (isAbsolute(path) ? SEPARATOR : "");
  return name.endsWith(suffix) && name !== suffix ? name.slice(0, name.length - suffix.length) : name;
}

/** Puts parts of a path together. At least one, where `node:path` takes none. */
export function join(path: string, ...paths: string[]): string {
  return nodeJoin(path, ...paths);
}

/** The path that a `file:` URL names. Throws a TypeError for any other URL. */
export function fromFileUrl(url: URL | string): string {
  return fileURLToPath(url);
}

/** The `file:` URL of an absolute path. Throws a TypeError for a relative one, where `node:url` resolves it. */
export function toFileUrl(path: string): URL {
  if (!isAbsolute(path)) throw new TypeError(`Cannot make a file URL of a relative path: "${path}"`);
  return pathToFileURL(path);
}
