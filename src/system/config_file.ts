/** `config.json` of a home: read whole, written by a temporary file and a rename. */

import { dirname, join } from "@std/path";
import { QueueError, StoreUnavailable } from "../core/errors.ts";
import type { ConfigFile } from "../core/ports.ts";
import { reasonOf } from "./reason.ts";

export function configFile(path: string, token: () => string): ConfigFile {
  return {
    path,
    read: () => parse(path, readOrEmpty(path)),
    write: (values) => replaceFile(path, JSON.stringify(values, null, 2) + "\n", token()),
    changedAt: () => {
      try {
        return Deno.statSync(path).mtime?.getTime() ?? null;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
  };
}

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "{}";
    throw new StoreUnavailable("no_access", `Cannot read ${path}: ${reasonOf(error)}`, {
      hint: "Check what is there, its owner and its mode",
      cause: error,
    });
  }
}

function parse(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(path, `line ${lineOf(text, error)} is not JSON`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(path, "it does not hold a JSON object");
  }
  return value as Record<string, unknown>;
}

function broken(path: string, found: string, cause?: unknown): QueueError {
  return new QueueError("failed", `Cannot read ${path}: ${found}`, {
    hint: "Mend the file or move it away",
    cause,
  });
}

/** The line, from 1, on which V8 says that the text stops being JSON; the last one where it does not say. */
function lineOf(text: string, error: unknown): number {
  const told = /line (\d+)/.exec(error instanceof Error ? error.message : "");
  if (told !== null) return Number(told[1]);
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : "");
  return text.slice(0, position === null ? undefined : Number(position[1])).trimEnd().split("\n").length;
}

/** Whether a file is one that `replaceFile` is just writing, or left when it was killed. */
export function isDraft(name: string): boolean {
  return /^\.[0-9a-z]{8}\.tmp$/.test(name);
}

/** Replaces a file at one instant; readers see the old one or the new one. Mode 0600. */
export function replaceFile(path: string, text: string, token: string): void {
  const draft = join(dirname(path), `.${token}.tmp`);
  try {
    Deno.writeTextFileSync(draft, text, { mode: 0o600, createNew: true });
    const file = Deno.openSync(draft, { write: true });
    file.syncDataSync();
    file.close();
    Deno.renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw new StoreUnavailable(
      "io",
      `Cannot write ${path}: ${reasonOf(error)}`,
      {
        hint: "Check the owner and mode of the home folder, and its disk",
        cause: error,
      },
    );
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made.
  }
}
