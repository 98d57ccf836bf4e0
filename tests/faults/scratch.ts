/** Folders for stores that are broken on purpose, and copies of stores as a crash would leave them. */

/** Runs with a folder that is gone afterwards. */
export async function inScratchFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-faults-" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies a store's file and its log as they are at this moment; the index of the log is rebuilt by who opens it. */
export async function copyStore(from: string, to: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) await removeIfThere(`${to}${suffix}`);
  await Deno.copyFile(from, to);
  await Deno.copyFile(`${from}-wal`, `${to}-wal`).catch(unlessMissing);
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(unlessMissing);
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
