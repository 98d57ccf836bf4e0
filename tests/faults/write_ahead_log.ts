/**
 * Where the write-ahead log of a store may be cut without pretending a crash that cannot happen: what was brought
 * into the database file already had been synced before, so it is never lost. sqlite.org/walformat.html.
 */

const headerBytes = 32;
const frameHeaderBytes = 24;

export interface LogRange {
  /** The last byte that a crash may leave at the earliest. */
  readonly from: number;
  /** The end of what was written in full. */
  readonly to: number;
}

/** The bytes of the log that are in no other file yet, or null where there are none; from the log and its index. */
export async function looseBytes(path: string): Promise<LogRange | null> {
  const log = await Deno.readFile(`${path}-wal`).catch(() => new Uint8Array());
  const index = await Deno.readFile(`${path}-shm`).catch(() => new Uint8Array());
  if (log.length <= headerBytes || index.length < 136) return null;
  // The index was begun anew, and the log not yet: what is in the log is in the database file too.
  if (log.subarray(16, 24).toHex() !== index.subarray(32, 40).toHex()) return null;
  const view = new DataView(index.buffer);
  const frameBytes = frameHeaderBytes + new DataView(log.buffer).getUint32(8);
  const frames = view.getUint32(16, isLittleEndian);
  const broughtIn = view.getUint32(128, isLittleEndian);
  if (frames <= broughtIn) return null;
  return { from: headerBytes + broughtIn * frameBytes, to: headerBytes + frames * frameBytes };
}

/** The index is in the machine's own byte order. */
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
