/** The folders of runs: `runs/<seq>/<number>-<mark>/` with `out`, `err`, `id` and `exit`. */

import { dirname, join } from "@std/path";
import type { RunEvidence, RunFolders } from "../core/ports.ts";
import type { StreamTail } from "../core/run.ts";

/** The folders below `root`, which is made when the first is needed. */
export function runFolders(root: string): RunFolders {
  const path = (jobSeq: number, number: number, mark: string) =>
    join(root, String(jobSeq), `${number}-${mark}`);
  return {
    path,
    create(jobSeq, number, mark) {
      const folder = path(jobSeq, number, mark);
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Made here and not by the shell, where a failed redirection would look like the command's exit code 2.
      for (const name of ["out", "err"]) Deno.openSync(join(folder, name), newFile).close();
      return folder;
    },
    forbidStart,
    evidence,
    sizeOf: (folder, stream) => statOrNull(join(folder, stream))?.size ?? null,
    cut,
    tail,
    read,
    remove,
  };
}

const newFile: Deno.OpenOptions = { write: true, createNew: true, mode: 0o600 };

/** The wrapper exits when it finds the identity file, so whoever makes it first decides. */
function forbidStart(folder: string): boolean {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    Deno.openSync(join(folder, "id"), newFile).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function evidence(folder: string): RunEvidence {
  const id = /^(\d+) (.*)\n/.exec(textOrEmpty(join(folder, "id")));
  const exit = /^(\d+)\n/.exec(textOrEmpty(join(folder, "exit")));
  return {
    identity: id === null ? null : { pid: Number(id[1]), start: id[2]! },
    exitCode: exit === null ? null : Number(exit[1]),
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

function cut(folder: string, stream: "out" | "err", keepBytes: number, note: string): void {
  const path = join(folder, stream);
  Deno.truncateSync(path, keepBytes);
  Deno.writeTextFileSync(path, note, { append: true, create: false });
}

function tail(folder: string, stream: "out" | "err", bytes: number): StreamTail {
  const size = statOrNull(join(folder, stream))?.size ?? 0;
  if (size === 0) return { tail: new Uint8Array(), bytes: 0 };
  return { tail: read(folder, stream, Math.max(0, size - bytes), bytes) ?? new Uint8Array(), bytes: size };
}

function read(folder: string, stream: "out" | "err", offset: number, bytes: number): Uint8Array | null {
  let file;
  try {
    file = Deno.openSync(join(folder, stream));
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

function remove(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
    Deno.removeSync(dirname(folder));
  } catch {
    // The job's folder may hold another run; a folder that cannot go is left for a later look.
  }
}
