/**
 * The shell wrapper around runs: POSIX sh, builtins only. It makes a run outlive its worker: the identity file says
 * who runs it and, in a second line, how it ended; the output goes to files by the shell itself.
 *
 * A worker writes this text to the stdin of a shell, and then one order a run (`system/launcher.ts`). The shell forks
 * the job's own process and nothing else. It may take another run only where the one before left nothing behind in
 * its session; where that cannot be told, it ends.
 *
 * Its names are such as no job's environment has, since a shell hands an exported variable on as it is then.
 */

import { neverBegan } from "../core/run.ts";

/** How many processes may have been started on the system during a run for their numbers to be looked through. */
const mostPidsToLookAt = 100;

/**
 * The text of the wrapper: three functions, and what they need.
 *
 * - `queuectl_run BASE CWD INPUT SHELL VARIABLE VARIABLE VARIABLE VARIABLE COMMAND` runs a command line, and with "" for
 *   SHELL the words that follow unchanged. INPUT is the file that it reads. Each VARIABLE is NAME=VALUE. Returns the exit code, or `neverBegan` where
 *   it may not write the identity file.
 * - `queuectl_left_something` succeeds unless the session is proven to hold no other process. Whatever a run started
 *   has a number between the newest one before it and the newest one now, and Linux tells that in /proc/loadavg.
 */
export const wrapper = `
queuectl_start=
queuectl_identify() {
  IFS= read -r queuectl_stat </proc/self/stat || return
  set -- \${queuectl_stat##*") "}
  queuectl_start=\${20}
}
{ queuectl_identify; } 2>/dev/null
queuectl_read_newest_pid() {
  queuectl_newest=0
  { IFS=' ' read -r queuectl_1 queuectl_5 queuectl_15 queuectl_tasks queuectl_newest </proc/loadavg; } 2>/dev/null
}
trap : TERM INT HUP QUIT
queuectl_run() {
  queuectl_code=${neverBegan}
  queuectl_read_newest_pid
  queuectl_seen=$queuectl_newest
  {
    set -C
    if { printf '%s %s\\n' "$$" "$queuectl_start" >"$1.id"; } 2>/dev/null; then
      set +C
      (
        export "$5" "$6" "$7" "$8"
        cd -- "$2" || exit 126
        queuectl_shell=$4
        shift 8
        if [ -n "$queuectl_shell" ]; then exec "$queuectl_shell" -c "$1"; else exec "$@"; fi
      )
      queuectl_code=$?
      printf '%s\\n' "$queuectl_code" >>"$1.id"
    fi
    set +C
  } <"$3" >>"$1.out" 2>>"$1.err"
  return "$queuectl_code"
}
queuectl_is_ours() {
  queuectl_stat=
  { IFS= read -r queuectl_stat <"/proc/$1/stat"; } 2>/dev/null
  [ -n "$queuectl_stat" ] || return
  set -- \${queuectl_stat##*") "}
  [ "\${4:-$$}" = "$$" ] && [ "$1" != Z ]
}
queuectl_left_something() {
  queuectl_last=$((queuectl_seen + ${mostPidsToLookAt}))
  [ "$queuectl_seen" -gt 0 ] || return 0
  while queuectl_read_newest_pid; do
    [ "$queuectl_newest" -ge "$queuectl_seen" ] && [ "$queuectl_newest" -le "$queuectl_last" ] || return 0
    [ "$queuectl_newest" -gt "$queuectl_seen" ] || return 1
    while [ "$queuectl_seen" -lt "$queuectl_newest" ]; do
      queuectl_seen=$((queuectl_seen + 1))
      if [ -d "/proc/$queuectl_seen" ] && queuectl_is_ours "$queuectl_seen"; then return 0; fi
    done
  done
  return 0
}
queuectl_serve() {
  queuectl_run "$@"
  printf '%s\\n' "$queuectl_code"
  if queuectl_left_something; then exit 0; fi
  echo idle
}
`;
