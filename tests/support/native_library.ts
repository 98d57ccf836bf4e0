/** Finds SQLite's native library for the tests that load it. */

/**
 * The path of a native SQLite library: the one that `DENO_SQLITE_PATH` names, else the system's on Linux,
 * else undefined. Whether it can be loaded is not tried. Needs permission to read the environment and /usr.
 */
export function findNativeLibrary(): string | undefined {
  return Deno.env.get("DENO_SQLITE_PATH") || systemLibrary();
}

function systemLibrary(): string | undefined {
  // Debian keeps libraries of several architectures side by side, in folders such as x86_64-linux-gnu.
  const debian = foldersIn("/usr/lib").filter((name) => name.startsWith(`${Deno.build.arch}-`));
  const others = foldersIn("/usr").filter((name) => name.startsWith("lib")).sort().reverse();
  const folders = [...debian.map((name) => `/usr/lib/${name}`), ...others.map((name) => `/usr/${name}`)];
  return folders.map((folder) => `${folder}/libsqlite3.so.0`).find(exists);
}

function foldersIn(folder: string): string[] {
  if (!exists(folder)) return [];
  return [...Deno.readDirSync(folder)].filter((entry) => !entry.isFile).map((entry) => entry.name);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
