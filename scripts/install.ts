/**
 * Builds the program and puts it into the user's folder for programs.
 *
 *     deno task install [--native FILE]
 *
 * `QUEUECTL_INSTALL_DIR` names another folder. A queuectl that runs meanwhile goes on as it is.
 */
import { parseArgs } from "@std/cli/parse-args";
import { DELIMITER, join, resolve } from "@std/path";
import { homedir } from "node:os";
import { messageOf } from "../src/core/errors.ts";
import { build, BuildError, type Built, report } from "./build.ts";

const onWindows = Deno.build.os === "windows";
const name = onWindows ? "queuectl.exe" : "queuectl";

/** The folders that programs are looked for in. */
function searchPath(): string[] {
  const folders = (Deno.env.get("PATH") ?? "").split(DELIMITER);
  return folders.filter((folder) => folder !== "").map((folder) => resolve(folder));
}

/** A folder of the user's own that is searched already, if there is one. */
function installFolder(): string {
  const named = Deno.env.get("QUEUECTL_INSTALL_DIR");
  if (named) return resolve(named);
  if (onWindows) {
    const local = Deno.env.get("LOCALAPPDATA") || join(homedir(), "AppData", "Local");
    return join(local, "Programs", "queuectl");
  }
  const usual = join(homedir(), ".local", "bin");
  const other = join(homedir(), "bin");
  const searched = searchPath();
  return !searched.includes(usual) && searched.includes(other) ? other : usual;
}

/** Exchanges the file as a whole: what runs keeps the old one, and nobody ever starts half of the new one. */
async function place(built: string, folder: string): Promise<string> {
  const target = join(folder, name);
  const draft = join(folder, `.${Deno.pid}-${name}`);
  await Deno.mkdir(folder, { recursive: true });
  try {
    await Deno.copyFile(built, draft);
    if (onWindows) await moveAside(target);
    await Deno.rename(draft, target);
  } finally {
    await Deno.remove(draft).catch(() => {});
  }
  return target;
}

/** Windows refuses to replace a program that runs, but lets it be renamed. */
async function moveAside(target: string): Promise<void> {
  const old = `${target}.old`;
  await Deno.remove(old).catch(() => {});
  await Deno.rename(target, old).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** What to do so that the folder is searched. */
function pathHint(folder: string): string {
  if (onWindows) {
    return `It is not on your PATH yet. In PowerShell:\n` +
      `    [Environment]::SetEnvironmentVariable("Path", ` +
      `[Environment]::GetEnvironmentVariable("Path", "User") + ";${folder}", "User")`;
  }
  return `It is not on your PATH yet. Add this line to your shell's profile:\n` +
    `    export PATH="${folder}:$PATH"`;
}

async function main(): Promise<number> {
  const unknown: string[] = [];
  const { native } = parseArgs(Deno.args, {
    string: ["native", "_"],
    unknown: (word) => void unknown.push(word),
  });
  if (unknown.length > 0 || native === "") {
    console.error("Usage: deno task install [--native FILE]");
    return 1;
  }
  const folder = installFolder();
  let built: Built;
  try {
    built = await build({ native });
    console.log(report(built));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    return 1;
  }
  try {
    console.log(`Installed ${await place(built.path, folder)}.`);
  } catch (error) {
    console.error(`Cannot install into ${folder}: ${messageOf(error)}`);
    console.error("QUEUECTL_INSTALL_DIR names another folder.");
    return 1;
  }
  if (!searchPath().includes(folder)) console.log(pathHint(folder));
  return 0;
}

if (import.meta.main) Deno.exit(await main());
