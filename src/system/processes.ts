/** Runs as processes on Linux and macOS: started in sessions of their own, found again, ended. */

import process from "node:process";
import type { JobProcesses } from "../core/ports.ts";
import type { JobSignal } from "../core/signals.ts";
import { Launchers } from "./launcher.ts";

const scripts = {
  // Fields after the program's name, which may hold spaces and parentheses: 1 state, 4 session, 20 start time.
  linux: {
    identify: `
      if { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null; then
        pid=$1
        set -- \${stat##*") "}
        case $1 in [ZX]) ;; *) printf '%s %s\\n' "$pid" "\${20}" ;; esac
      fi
      echo end`,
    tree: `
      session=$1 start=$2 mark=$3
      members=
      stranger=
      look() {
        pid=\${1#/proc/}
        line=
        while IFS= read -r part || [ -n "$part" ]; do line="$line $part"; done <"$1/stat" || return
        set -- \${line##*") "}
        [ "$4" = "$session" ] || return
        if [ "$pid" = "$session" ] && [ -n "$start" ] && [ "\${20}" != "$start" ]; then stranger=1; fi
        case $1 in [ZX]) ;; *) members="$members $pid" ;; esac
      }
      if [ "$session" != 0 ]; then
        for folder in /proc/[0-9]*; do { look "$folder"; } 2>/dev/null; done
      fi
      if [ -z "$stranger" ]; then for pid in $members; do echo "$pid"; done; fi
      marked=$(grep -ls -- "QUEUECTL_RUN=$mark" /proc/[0-9]*/environ 2>/dev/null)
      # 2: files of others, which cannot be read. More: there is no grep, or it could not be started.
      [ $? -le 2 ] || exit 1
      for file in $marked; do
        pid=\${file#/proc/} pid=\${pid%/environ}
        { IFS= read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
        set -- \${stat##*") "}
        case $1 in [ZX]) ;; *) echo "$pid" ;; esac
      done
      echo end`,
  },
  darwin: {
    identify: `
      ps -o pid=,state=,lstart= -p "$1" | while read -r pid state start; do
        case $state in Z*) ;; *) printf '%s %s\\n' "$pid" "$start" ;; esac
      done
      echo end`,
    tree: `
      [ "$1" != 0 ] || { echo end; exit 0; }
      leader=$(ps -o lstart= -p "$1")
      if [ -n "$leader" ] && [ -n "$2" ] && [ "$(echo $leader)" != "$2" ]; then echo end; exit 0; fi
      ps -axo pid=,pgid=,state= | while read -r pid group state; do
        [ "$group" = "$1" ] || continue
        case $state in Z*) ;; *) echo "$pid" ;; esac
      done
      echo end`,
  },
};

/** Processes of this system. `environment` is what every run has, before its job's own. */
export function posixProcesses(environment: () => Readonly<Record<string, string>>): JobProcesses {
  const script = Deno.build.os === "darwin" ? scripts.darwin : scripts.linux;
  const launchers = new Launchers(environment);
  return {
    survive: true,
    start: (order) => launchers.start(order),
    close: () => launchers.close(),
    async treeOf(identity, mark) {
      const lines = await look(script.tree, [String(identity.pid), identity.start, mark]);
      return [...new Set(lines.map(Number))].filter((pid) => pid !== Deno.pid);
    },
    signalProcesses(pids, signal) {
      for (const pid of pids) signalQuietly(pid, signal);
    },
    exists,
    async identify(pid) {
      const [line] = await look(script.identify, [String(pid)]);
      return line === undefined ? null : { pid, start: line.slice(line.indexOf(" ") + 1) };
    },
  };
}

/** Without its last line a look was not finished, and an empty answer would prove nothing. */
async function look(script: string, args: readonly string[]): Promise<string[]> {
  const lines = await shellLines(script, args);
  if (lines.pop() !== "end") throw new Error("the processes of a run cannot be looked for");
  return lines;
}

function signalQuietly(pid: number, signal: JobSignal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    // Gone already is what we want; what may not be signalled (a process under sudo) is seen by whoever waits for it.
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
  }
}

/** Without all permissions /proc cannot be read, but signal 0 tells whether a process exists, zombies included. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The lines that a script of /bin/sh prints. */
export async function shellLines(script: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", script, "queuectl-look", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}
