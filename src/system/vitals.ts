/** How the machine is: what it has to do, and what it has left. Null wherever that cannot be told. */

import { statfsSync } from "node:fs";
import type { Vitals, Watchers } from "../core/ports.ts";
import { shellLines } from "./processes.ts";

/** Without all permissions /proc cannot be read, so the shell looks. Other users' processes are not counted. */
const countWatchers = `
  cd /proc/sys/fs/inotify || exit
  find /proc/[0-9]*/fd -lname anon_inode:inotify 2>/dev/null | wc -l
  cat max_user_instances
  cat /proc/[0-9]*/fdinfo/* 2>/dev/null | grep -c ^inotify
  cat max_user_watches
  echo end`;

/** `home` is on the disk that is asked for. */
export function systemVitals(home: string): Vitals {
  return {
    load: () => orNull(() => Deno.build.os === "windows" ? null : Deno.loadavg()[0]!),
    availableMemory: () => orNull(() => Deno.systemMemoryInfo().available),
    freeDisk: () =>
      orNull(() => {
        const { bavail, bsize } = statfsSync(home);
        return Number(bavail) * Number(bsize);
      }),
    async watchers() {
      if (Deno.build.os !== "linux") return null;
      const lines = await shellLines(countWatchers, []).catch(() => []);
      const numbers = lines.slice(0, 4).map(Number);
      if (lines.at(-1) !== "end" || numbers.length < 4 || numbers.some(Number.isNaN)) return null;
      const [instances, mostInstances, watches, mostWatches] = numbers as [number, number, number, number];
      return { instances, mostInstances, watches, mostWatches } satisfies Watchers;
    },
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
