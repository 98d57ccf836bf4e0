/** How the tests are started: what they may do, which are meant, and whether they need the compiled program. */
import { relative, resolve } from "@std/path";

/**
 * What the tests may do: what the program itself may, and the network of this machine only. Not `-A`, since
 * that opens places (/proc, /dev) that the program cannot reach, and so would hide that it needs them.
 */
export const testPermissions: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
  "--allow-ffi",
  "--allow-net=localhost,127.0.0.1,[::1]",
];

/** Where the tests are, when the arguments name no path. */
export const testFolders: readonly string[] = ["src", "tests", "scripts"];

/** Where the tests are that run the compiled program. */
const COMPILED = ["tests/browser", "tests/e2e", "tests/faults", "tests/lifecycle", "tests/web"];

/** Where the tests are that use a PostgreSQL server. */
const ON_SERVER = ["tests/contract", "tests/e2e", "tests/faults", "tests/support", "tests/web"];

/** Flags of `deno test` that take the next argument as their value. */
const WITH_VALUE = [
  "--filter",
  "--junit-path",
  "--reporter",
  "--seed",
  "--preload",
  "--conditions",
  "--location",
];

/** Returns the arguments that are paths, and neither flags nor their values. */
export function pathsAmong(args: readonly string[]): string[] {
  return args.filter((arg, index) => !arg.startsWith("-") && !WITH_VALUE.includes(args[index - 1] ?? ""));
}

/** Tells whether tests that run the compiled program may be at these paths of the project. */
export function mayNeedProgram(paths: readonly string[], root: string): boolean {
  return mayBeWithin(COMPILED, paths, root);
}

/** Tells whether tests that use a PostgreSQL server may be at these paths of the project. */
export function mayNeedServer(paths: readonly string[], root: string): boolean {
  return mayBeWithin(ON_SERVER, paths, root);
}

function mayBeWithin(folders: readonly string[], paths: readonly string[], root: string): boolean {
  return paths.some((path) => {
    // Behind a wildcard, anything may follow.
    const fixed = path.replace(/[^/\\]*[*?{[].*$/, "");
    const local = relative(root, resolve(root, fixed)).replaceAll("\\", "/");
    return folders.some((folder) => isWithin(local, folder) || isWithin(folder, local));
  });
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
