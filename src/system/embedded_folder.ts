/**
 * A folder that the build embeds into the compiled program. It lies below the program's own modules, which are bundled
 * into one folder: a path that led up could leave what is embedded, for a folder that anybody may have made.
 */
export function embeddedFolder(name: string): URL {
  return new URL(`./${name}/`, import.meta.url);
}
