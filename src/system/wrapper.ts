/**
 * The shell wrapper around each run: POSIX sh, builtins only, its text and the command in argv, so that nothing
 * leaks into the job's environment. It makes a run outlive its worker: the identity file says that it began, the
 * exit file says how it ended, and the output goes to files by the shell itself.
 *
 * It exits with the command's exit code, or with `neverBegan` where it may not write the identity file.
 *
 * Arguments: FOLDER CWD SHELL COMMAND for a command line, FOLDER CWD "" WORD… for words to execute unchanged.
 */
export const neverBegan = 125;

export const wrapper = `
folder=$1 cwd=$2 shell=$3
shift 3
start=
identify() {
  IFS= read -r stat </proc/self/stat || return
  set -- \${stat##*") "}
  start=\${20}
}
{ identify; } 2>/dev/null
set -C
{ printf '%s %s\\n' "$$" "$start" >"$folder/id"; } 2>/dev/null || exit ${neverBegan}
set +C
trap : TERM INT HUP QUIT
(
  cd -- "$cwd" || exit 126
  if [ -n "$shell" ]; then exec "$shell" -c "$1"; else exec "$@"; fi
) </dev/null >>"$folder/out" 2>>"$folder/err"
code=$?
printf '%s\\n' "$code" >"$folder/exit"
exit "$code"
`;
