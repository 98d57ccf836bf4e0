/**
 * The shell wrapper around each run: POSIX sh, builtins only, its text and the command in argv, so that nothing
 * leaks into the job's environment. It makes a run outlive its worker: the identity file says that it began, the
 * exit file says how it ended, and the output goes to files by the shell itself.
 *
 * It exits with the command's exit code, or with `neverBegan` where it may not write the identity file.
 *
 * Its variables have names that no job's environment has, since a shell hands an exported one on as it is then.
 *
 * Arguments: FOLDER CWD SHELL COMMAND for a command line, FOLDER CWD "" WORD… for words to execute unchanged.
 */

import { neverBegan } from "../core/run.ts";

/** The text of the wrapper. */
export const wrapper = `
queuectl_folder=$1 queuectl_cwd=$2 queuectl_shell=$3
shift 3
queuectl_start=
identify() {
  IFS= read -r queuectl_stat </proc/self/stat || return
  set -- \${queuectl_stat##*") "}
  queuectl_start=\${20}
}
{ identify; } 2>/dev/null
set -C
{ printf '%s %s\\n' "$$" "$queuectl_start" >"$queuectl_folder/id"; } 2>/dev/null || exit ${neverBegan}
set +C
trap : TERM INT HUP QUIT
(
  cd -- "$queuectl_cwd" || exit 126
  if [ -n "$queuectl_shell" ]; then exec "$queuectl_shell" -c "$1"; else exec "$@"; fi
) </dev/null >>"$queuectl_folder/out" 2>>"$queuectl_folder/err"
queuectl_code=$?
printf '%s\\n' "$queuectl_code" >"$queuectl_folder/exit"
exit "$queuectl_code"
`;
