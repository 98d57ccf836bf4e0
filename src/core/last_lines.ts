/** How much of a stream is looked through at once, in bytes. */
const pieceBytes = 64 * 1024;

/**
 * Where the last lines of a stream of `bytes` begin; 0 where it has no more lines than that. `read` gives a part of
 * it. A newline at its very end belongs to its last line.
 */
export function startOfLastLines(
  bytes: number,
  lines: number,
  read: (offset: number, bytes: number) => Uint8Array,
): number {
  if (lines === 0) return bytes;
  let left = lines;
  for (let end = bytes; end > 0;) {
    const from = Math.max(0, end - pieceBytes);
    const piece = read(from, end - from);
    for (let index = piece.length - 1; index >= 0; index--) {
      if (piece[index] !== newline || from + index === bytes - 1) continue;
      if (--left === 0) return from + index + 1;
    }
    end = from;
  }
  return 0;
}

const newline = 10;
