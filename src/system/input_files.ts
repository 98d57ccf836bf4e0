/**
 * The standard input of jobs that is too much for the store: one file each in the folder `inputs/` of the home. A file is
 * whole and on disk before its job is accepted, and is never written to again, also by a job that tries to.
 */

import { join } from "@std/path";
import { QueueError } from "../core/errors.ts";
import type { InputFiles } from "../core/ports.ts";
import { reasonOf } from "./reason.ts";

/** The files in the folder `root`. */
export function inputFiles(root: string): InputFiles {
  const pathOf = (name: string) => join(root, name);
  return {
    async keep(name, parts) {
      try {
        Deno.mkdirSync(root, { recursive: true, mode: 0o700 });
        return await keep(root, pathOf(name), parts);
      } catch (error) {
        throw error instanceof QueueError ? error : unwritten(root, error);
      }
    },
    find: (name) => isFile(pathOf(name)) ? pathOf(name) : null,
    olderThan: (instant) => namesIn(root).filter((name) => isOlder(pathOf(name), instant)),
    remove: (name) => remove(pathOf(name)),
  };
}

async function keep(root: string, path: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
  const file = Deno.openSync(path, { write: true, createNew: true, mode: 0o400 });
  try {
    const bytes = await writeParts(file, parts).finally(() => file.close());
    syncFolder(root);
    return bytes;
  } catch (error) {
    remove(path);
    throw error;
  }
}

async function writeParts(file: Deno.FsFile, parts: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const part of parts) {
    for (let written = 0; written < part.length;) written += file.writeSync(part.subarray(written));
    bytes += part.length;
  }
  file.syncSync();
  // Who takes a day to send it may find it cleared away as one that nobody wants.
  if (file.statSync().nlink === 0) throw new Error("it was removed while it was written");
  return bytes;
}

/** Else a loss of power may take the file's name, though not the job. */
function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}

function unwritten(root: string, cause: unknown): QueueError {
  return new QueueError("unavailable", `Cannot keep a job's standard input in ${root}: ${reasonOf(cause)}`, {
    hint: "Check the owner and mode of the home folder, and its disk; nothing was enqueued",
    cause,
  });
}

function namesIn(root: string): string[] {
  try {
    return [...Deno.readDirSync(root)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isOlder(path: string, instant: number): boolean {
  try {
    const { mtime } = Deno.statSync(path);
    return mtime !== null && mtime.getTime() < instant;
  } catch {
    return false;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // What cannot go is left for a later look.
  }
}
