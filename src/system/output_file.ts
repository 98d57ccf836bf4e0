/** Files that are written where the caller wants them. */

import { basename, dirname, join } from "@std/path";
import { QueueError } from "../core/errors.ts";
import { reasonOf } from "./reason.ts";

/**
 * Replaces a file at one instant; readers see the old one or the new one, and nobody who looks for names that end as its
 * own does sees the draft. Others may read it, since it is for another program.
 */
export function writeOutput(path: string, text: string, token: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${token}.tmp`);
  try {
    Deno.writeTextFileSync(draft, text, { mode: 0o644, createNew: true });
    Deno.renameSync(draft, path);
  } catch (error) {
    try {
      Deno.removeSync(draft);
    } catch {
      // It was never made.
    }
    throw new QueueError("failed", `Cannot write ${path}: ${reasonOf(error)}`, {
      hint: "Check the folder's owner and mode, and its disk",
      cause: error,
    });
  }
}
