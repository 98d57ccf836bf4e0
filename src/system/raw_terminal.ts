/** Keys as they are pressed, not line by line. */

/**
 * Hands what is typed to `onInput` until the given back function is called, which makes the terminal what it was; where
 * it is gone, or input ends, `onEnd` is called once. Null where stdin is no terminal.
 */
export function readKeys(onInput: (text: string) => void, onEnd: () => void): (() => void) | null {
  if (!Deno.stdin.isTerminal()) return null;
  Deno.stdin.setRaw(true);
  let isOver = false;
  const restore = () => {
    if (isOver) return;
    isOver = true;
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  };
  // Whatever ends the program while its loop waits.
  globalThis.addEventListener("unload", restore);
  void read(onInput, () => isOver).catch(() => {}).then(() => {
    if (!isOver) onEnd();
  });
  return restore;
}

async function read(onInput: (text: string) => void, isOver: () => boolean): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  while (!isOver()) {
    const length = await Deno.stdin.read(buffer);
    if (length === null || isOver()) return;
    onInput(decoder.decode(buffer.subarray(0, length), { stream: true }));
  }
}
