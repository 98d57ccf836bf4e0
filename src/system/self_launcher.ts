/** Starts this program again, as a background process of its own session. */

import { fromFileUrl } from "@std/path";
import type { SelfLauncher } from "../core/ports.ts";

/** The permissions that the program is run with from source, and compiled with; see scripts/build.ts. */
export const programPermissions: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
  "--allow-ffi",
  "--allow-net",
  "--no-prompt",
];

/**
 * `mainModule` is the URL of main.ts. From source, QUEUECTL_DENO_FLAGS (a JSON array) holds the flags that choose
 * the packages; the tasks set it.
 */
export function selfLauncher(mainModule: string): SelfLauncher {
  // Read at the start: once the file is replaced by an upgrade, the system calls it "(deleted)".
  const program = Deno.execPath();
  return {
    get words() {
      return [program, ...sourceArgs(mainModule)];
    },
    launch(args, environment) {
      const child = new Deno.Command(program, {
        args: [...sourceArgs(mainModule), ...args],
        env: {
          ...cleared(["QUEUECTL_RUN", "QUEUECTL_JOB_ID", "QUEUECTL_ATTEMPT", "QUEUECTL_QUEUE"]),
          ...environment,
        },
        clearEnv: true,
        cwd: "/",
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached: true,
      }).spawn();
      return {
        pid: child.pid,
        ended: child.status.then(({ code }) => ({ code })),
        release: () => child.unref(),
      };
    },
  };
}

function sourceArgs(mainModule: string): string[] {
  if (Deno.build.standalone) return [];
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  return ["run", ...flags, ...programPermissions, fromFileUrl(mainModule)];
}

/** The environment without what a job is told, since a worker that a job starts is no part of that job's tree. */
function cleared(names: readonly string[]): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of names) delete env[name];
  return env;
}
