/** A lock between the processes of one home, held by an open file; the system gives it back when its holder dies. */

const options: Deno.OpenOptions = { write: true, create: true, mode: 0o600 };

/** Runs `body` while no other process holds the lock. */
export async function withFileLock(path: string, body: () => Promise<void>): Promise<void> {
  const file = await Deno.open(path, options);
  try {
    await file.lock(true);
    await body();
  } finally {
    file.close();
  }
}

/** The same without waiting for the event loop, for a moment's work. */
export function withFileLockSync(path: string, body: () => void): void {
  const file = Deno.openSync(path, options);
  try {
    file.lockSync(true);
    body();
  } finally {
    file.close();
  }
}
