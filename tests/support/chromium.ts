/** Chromium for tests: the one that QUEUECTL_TEST_CHROMIUM names, or one on the PATH. */

import type { Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

let found: string | null | undefined;

/** Its executable; null where there is none, which is said loudly, and fails where it must not be. */
export function findChromium(): string | null {
  if (found !== undefined) return found;
  const named = Deno.env.get("QUEUECTL_TEST_CHROMIUM");
  found = (named ? [named] : names).find(canRun) ?? null;
  if (found !== null) return found;
  const text = named
    ? `not tested: the dashboard in a browser, since QUEUECTL_TEST_CHROMIUM=${named} cannot be run`
    : "not tested: the dashboard in a browser, since no Chromium (Debian: chromium) is installed";
  if (named || Deno.env.get("QUEUECTL_REQUIRE_CHROMIUM") === "1") throw new Error(text);
  console.error(`\n!!! ${text}\n`);
  return null;
}

function canRun(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

export async function launchChromium(command: string): Promise<Browser> {
  // While it is loaded, playwright looks whether this is Windows' Linux, in a place that only -A may read; not then.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  return await chromium.launch({
    executablePath: await pathOf(command),
    headless: true,
    args: [
      // Its sandbox needs another user than root, or rights that containers do not have.
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--force-color-profile=srgb",
    ],
  });
}

async function pathOf(command: string): Promise<string> {
  if (command.includes("/")) return command;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", 'command -v "$1"', "sh", command] })
    .output();
  return new TextDecoder().decode(stdout).trim();
}
