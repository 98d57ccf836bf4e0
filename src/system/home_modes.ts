/** What others may do in a home: nothing, since commands may hold secrets. */

import { join } from "@std/path";

export interface LooseMode {
  readonly path: string;
  /** As it is, and as it should be. */
  readonly mode: number;
  readonly wanted: number;
}

/** The home and what lies in it at the top, as far as others have access to it. Empty where it is not there. */
export function looseModes(home: string): LooseMode[] {
  if (Deno.build.os === "windows") return [];
  return [home, ...childrenOf(home)].flatMap((path) => {
    const found = statOrNull(path);
    if (found?.mode == null) return [];
    const mode = found.mode & 0o777;
    return (mode & 0o077) === 0 ? [] : [{ path, mode, wanted: mode & 0o700 }];
  });
}

/** Takes from others what they have. Throws where that is not allowed. */
export function tighten(loose: readonly LooseMode[]): void {
  for (const { path, wanted } of loose) Deno.chmodSync(path, wanted);
}

function childrenOf(home: string): string[] {
  try {
    return [...Deno.readDirSync(home)].filter((entry) => entry.name !== ".gitignore" && !entry.isSymlink).map(
      (entry) => join(home, entry.name),
    );
  } catch {
    return [];
  }
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch {
    return null;
  }
}
