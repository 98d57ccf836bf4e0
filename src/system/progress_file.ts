/**
 * The file in which a run tells how far it is, beside its others. It is the job's to write, so it may be anything: what
 * is no regular file, or a large one, is left alone, and nothing that is there can hold the reader up.
 */

/** At one instant: readers see the old one or the new one. */
export function writeProgressFile(path: string, text: string): void {
  const draft = `${path}-${Deno.pid}`;
  try {
    Deno.writeTextFileSync(draft, text, { mode: 0o600 });
    Deno.renameSync(draft, path);
  } catch (error) {
    removeProgressFile(draft);
    throw error;
  }
}

/** Whether anything is there, whatever it is. */
export function hasProgressFile(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What it holds, or null where it cannot be read or holds more than `mostBytes`. */
export function readProgressFile(path: string, mostBytes: number): Uint8Array | null {
  try {
    if (!Deno.lstatSync(path).isFile) return null;
    // Also for writing, so that a pipe that was put in its place just now does not make us wait for who writes.
    using file = Deno.openSync(path, { read: true, write: true });
    const { isFile, size } = file.statSync();
    return isFile && size <= mostBytes ? readAtMost(file, mostBytes) : null;
  } catch {
    return null;
  }
}

function readAtMost(file: Deno.FsFile, mostBytes: number): Uint8Array {
  const buffer = new Uint8Array(mostBytes);
  let filled = 0;
  for (let count; filled < mostBytes && (count = file.readSync(buffer.subarray(filled))) !== null;) {
    filled += count;
  }
  return buffer.subarray(0, filled);
}

export function removeProgressFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // What cannot go is left for a later look.
  }
}
