/** Groups of real processes that are stopped and let go on, all at once, for a look at what they had written. */

import process from "node:process";
import { waitFor } from "../support/program.ts";

/** Starts a shell script in a process group of its own; `$1`, `$2` … are its arguments. */
export function startGroup(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", script, "sh", ...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
}

/** Stops every process of these groups; returns when the kernel has stopped the last of them. */
export async function pauseGroups(pids: readonly number[]): Promise<void> {
  signalGroups(pids, "SIGSTOP");
  await waitFor("all writers to be stopped", () => {
    // A child that was being forked just then is signalled again.
    signalGroups(pids, "SIGSTOP");
    return !hasRunning(pids);
  });
}

export function signalGroups(pids: readonly number[], signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
  for (const pid of pids) {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** Whether a process of these groups is neither stopped nor dead. The shell looks: only -A lets Deno read /proc. */
function hasRunning(pids: readonly number[]): boolean {
  const { success } = new Deno.Command("sh", { args: ["-c", lookForRunning, "sh", ...pids.map(String)] })
    .outputSync();
  return success;
}

const lookForRunning = `
groups=" $* "
for file in /proc/[0-9]*/stat; do
  { IFS= read -r line <"$file"; } 2>/dev/null || continue
  rest=\${line##*) }
  set -- $rest
  case $groups in *" $3 "*) case $1 in [TtZX]) ;; *) exit 0 ;; esac ;; esac
done
exit 1`;
