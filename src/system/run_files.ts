/**
 * The files of runs: `runs/<seq>-<number>-<mark>` with the endings `.out`, `.err` and `.id`, the identity file. Its
 * first line says who runs it, the second one is the exit code; `.progress` is there while a run tells how far it is,
 * and `.in` where it has something to read. As few as will do, and no folder for each run: they cost a worker as much
 * as its store does.
 */

import { join } from "@std/path";
import type { RunEvidence, RunFiles } from "../core/ports.ts";
import type { StreamTail } from "../core/run.ts";
import { hasProgressFile, readProgressFile, removeProgressFile, writeProgressFile } from "./progress_file.ts";

/** The files in the folder `root`. */
export function runFiles(root: string): RunFiles {
  const prepare = () => Deno.mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    base: (jobSeq, number, mark) => join(root, `${jobSeq}-${number}-${mark}`),
    find: (number, mark) => find(root, `-${number}-${mark}.`),
    prepare,
    forbidStart(base) {
      prepare();
      return forbidStart(base);
    },
    evidence,
    sizeOf: (base, stream) => statOrNull(`${base}.${stream}`)?.size ?? null,
    cut,
    tail,
    read,
    writeProgress: (base, text) => writeProgressFile(`${base}.progress`, text),
    hasProgress: (base) => hasProgressFile(`${base}.progress`),
    readProgress: (base, mostBytes) => readProgressFile(`${base}.progress`, mostBytes),
    removeProgress: (base) => removeProgressFile(`${base}.progress`),
    writeInput(base, content) {
      Deno.writeFileSync(`${base}.in`, content, { mode: 0o400 });
      return `${base}.in`;
    },
    removeInput: (base) => removeFile(`${base}.in`),
    remove,
  };
}

/** By what its files are called; the job's number is not known to who asks. */
function find(root: string, part: string): string | null {
  try {
    for (const { name } of Deno.readDirSync(root)) {
      const at = name.indexOf(part);
      if (at > 0 && /^\d+$/.test(name.slice(0, at))) return join(root, name.slice(0, at + part.length - 1));
    }
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The wrapper exits when it finds the identity file, so whoever makes it first decides. */
function forbidStart(base: string): boolean {
  try {
    Deno.openSync(`${base}.id`, { write: true, createNew: true, mode: 0o600 }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function evidence(base: string): RunEvidence {
  const found = /^(\d+) (.*)\n(?:(\d+)\n)?/.exec(textOrEmpty(`${base}.id`));
  if (found === null) return { identity: null, exitCode: null };
  const [, pid, start, code] = found;
  return {
    identity: { pid: Number(pid), start: start! },
    exitCode: code === undefined ? null : Number(code),
  };
}

function textOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function cut(base: string, stream: "out" | "err", keepBytes: number, note: string): void {
  const path = `${base}.${stream}`;
  Deno.truncateSync(path, keepBytes);
  Deno.writeTextFileSync(path, note, { append: true, create: false });
}

function tail(base: string, stream: "out" | "err", bytes: number): StreamTail {
  const size = statOrNull(`${base}.${stream}`)?.size ?? 0;
  if (size === 0) return { tail: new Uint8Array(), bytes: 0 };
  const found = read(base, stream, Math.max(0, size - bytes), bytes);
  // It may have been removed since its size was read.
  return found === null ? { tail: new Uint8Array(), bytes: 0 } : { tail: found, bytes: size };
}

function read(base: string, stream: "out" | "err", offset: number, bytes: number): Uint8Array | null {
  let file;
  try {
    file = Deno.openSync(`${base}.${stream}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    file.seekSync(offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      const count = file.readSync(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  } finally {
    file.close();
  }
}

function remove(base: string): void {
  for (const ending of ["id", "out", "err"]) removeFile(`${base}.${ending}`);
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // What cannot go is left for a later look.
  }
}
