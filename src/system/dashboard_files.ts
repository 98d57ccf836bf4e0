/** The files of the dashboard, as they were built: in the program where it is compiled, else where the build writes them. */

import { fromFileUrl, join } from "@std/path";
import { embeddedFolder } from "./embedded_folder.ts";

/** The folder that they are in. */
export function dashboardFolder(): string {
  return fromFileUrl(
    Deno.build.standalone ? embeddedFolder("dashboard") : new URL("../../dist/dashboard/", import.meta.url),
  );
}

/** All files in the folder and below by their paths in it, with `/`; none where it was not built. */
export function readDashboard(folder = dashboardFolder()): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const visit = (path: string, prefix: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) visit(join(path, name), `${prefix}${name}/`);
      else files.set(prefix + name, Deno.readFileSync(join(path, name)));
    }
  };
  try {
    visit(folder, "");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}
