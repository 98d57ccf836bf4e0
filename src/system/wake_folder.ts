/**
 * Wake-ups between the processes of one home, by a folder that is watched.
 *
 * Each listener watches a folder of its own, `wake/<name>/`; a wake-up writes a file into it. A worker that would
 * welcome work leaves `wake/<name>.idle` (`.idle-specialist` if it takes only some jobs); who has work takes one such mark away and wakes that worker alone, so one
 * job wakes one worker. A folder is watched and not a file, since a renamed file goes deaf silently.
 */

import { dirname, join } from "@std/path";
import type { EndListener, WakeListener, WakeUps } from "../core/ports.ts";

const idleSuffix = ".idle";
/** The same of a worker that takes only some jobs. */
const specialistSuffix = ".idle-specialist";
const ringName = "ring";
/** Who waits for jobs to end has its folder in here, apart from the workers, who have no use for such news. */
const waitersName = "waiters";
/** A ring that nobody took away for so long, in milliseconds, has found nobody. */
const unheardMs = 60_000;

export function wakeFolder(root: string, chance: () => number): WakeUps {
  return {
    wakeIdle(count) {
      const suffixes = count === Infinity ? [idleSuffix, specialistSuffix] : [idleSuffix];
      const idle = entries(root).filter(({ isFile, name }) =>
        isFile && suffixes.some((suffix) => name.endsWith(suffix))
      );
      for (let left = count; left > 0 && idle.length > 0;) {
        const [chosen] = idle.splice(Math.floor(chance() * idle.length), 1);
        if (!removeFile(join(root, chosen!.name))) continue;
        ring(join(root, chosen!.name.slice(0, chosen!.name.indexOf(idleSuffix))));
        left--;
      }
    },
    wakeAll() {
      for (const entry of entries(root)) {
        if (entry.isDirectory && entry.name !== waitersName) ring(join(root, entry.name));
      }
    },
    wakeWaiters() {
      const waiters = join(root, waitersName);
      for (const entry of entries(waiters)) ringWaiter(join(waiters, entry.name));
    },
    forget(name) {
      for (const suffix of [idleSuffix, specialistSuffix]) removeFile(join(root, name + suffix));
      removeFolder(join(root, name));
    },
    listen: (name, { isSpecialist }) => listen(root, name, isSpecialist ? specialistSuffix : idleSuffix),
    listenForEnds: (name) => isThere(dirname(root)) ? listenForEnds(join(root, waitersName, name)) : null,
  };
}

function listenForEnds(folder: string): EndListener | null {
  const rung = join(folder, ringName);
  let watcher: Deno.FsWatcher;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    watcher = Deno.watchFs(folder, { recursive: false });
  } catch {
    removeFolder(folder);
    return null;
  }
  return {
    arm: () => void removeFile(rung),
    onWake(callback) {
      void (async () => {
        for await (const { kind, paths } of watcher) {
          // The removal of the folder itself is news: the home may be gone.
          if (kind === "access" || (kind === "remove" && !paths.includes(folder))) continue;
          callback();
        }
      })();
    },
    close() {
      watcher.close();
      removeFolder(folder);
    },
  };
}

function listen(root: string, name: string, suffix: string): WakeListener | null {
  const folder = join(root, name);
  const mark = join(root, name + suffix);
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(folder, { recursive: false });
  } catch {
    return null;
  }
  return {
    markIdle: () => {
      try {
        Deno.writeTextFileSync(mark, "", { mode: 0o600 });
      } catch {
        // The folder is gone or the disk is full: polling goes on.
      }
    },
    markBusy: () => void removeFile(mark),
    onWake(callback) {
      void (async () => {
        for await (const event of watcher) if (event.kind !== "access") callback();
      })();
    },
    close() {
      watcher.close();
      removeFile(mark);
      removeFolder(folder);
    },
  };
}

function entries(root: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(root)];
  } catch {
    // A wake-up is never needed for correctness, and must not make an accepted job look refused.
    return [];
  }
}

/** One that was rung for already, and has not looked yet, will see this too. */
function ringWaiter(folder: string): void {
  const path = join(folder, ringName);
  try {
    Deno.writeTextFileSync(path, "", { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) return;
    if (Date.now() - (modifiedAt(path) ?? Infinity) > unheardMs) removeFolder(folder);
  }
}

function modifiedAt(path: string): number | null {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? null;
  } catch {
    return null;
  }
}

function isThere(folder: string): boolean {
  return modifiedAt(folder) !== null;
}

function ring(folder: string): void {
  try {
    Deno.writeTextFileSync(join(folder, ringName), "", { mode: 0o600 });
  } catch {
    // It has gone meanwhile, or the disk is full; the listener's own look comes soon enough.
  }
}

function removeFile(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Tried again where somebody has rung meanwhile; once the folder is gone nobody can. */
function removeFolder(path: string): void {
  for (let left = 5; left > 0; left--) {
    try {
      return Deno.removeSync(path, { recursive: true });
    } catch (error) {
      // Somebody else was quicker.
      if (error instanceof Deno.errors.NotFound) return;
    }
  }
}
