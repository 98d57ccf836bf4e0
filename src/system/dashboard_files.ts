/** The files of the dashboard, as they were built: in the program where it is compiled, else in the source's folder. */

import { fromFileUrl, join } from "@std/path";

/** Where they are; `deno compile` embeds them by this path. */
export const dashboardFolder = new URL("../web/dist/", import.meta.url);

/** All files in the folder and below by their paths in it, with `/`; none where it was not built. */
export function readDashboard(folder = fromFileUrl(dashboardFolder)): Map<string, Uint8Array<ArrayBuffer>> {
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
