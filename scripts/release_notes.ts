/**
 * Prints what CHANGELOG.md says about a release:
 *
 *     deno run --no-config -A scripts/packages.ts run --allow-read scripts/release_notes.ts v0.1.0
 *
 * Fails where the tag is not the version of deno.json, or where the changelog says nothing about it.
 */
import config from "../deno.json" with { type: "json" };
import { messageOf } from "../src/core/errors.ts";

/** Throws unless the tag is that of the version. */
export function checkTag(tag: string, version: string): void {
  if (tag === `v${version}`) return;
  throw new Error(`Cannot release ${tag}: deno.json says version ${version}, whose tag is v${version}`);
}

/**
 * The section of a version, without its heading. A heading is of the second level and begins with the version:
 * `## 0.1.0`, `## v0.1.0 (2026-11-24)` or `## [0.1.0] - 2026-11-24`. Throws where there is none, or nothing in it.
 */
export function releaseNotes(changelog: string, version: string): string {
  const lines = changelog.split(/\r?\n/);
  const start = lines.findIndex((line) => versionOf(line) === version);
  if (start < 0) throw new Error(`Cannot find the release notes: CHANGELOG.md has no section ${version}`);
  const rest = lines.slice(start + 1);
  // The next section ends it, and so do the addresses of the headings, which stand at the end of the file.
  const end = rest.findIndex((line) => /^##? /.test(line) || /^\[[^\]]+\]: /.test(line));
  const notes = (end < 0 ? rest : rest.slice(0, end)).join("\n").trim();
  if (notes === "") {
    throw new Error(`Cannot find the release notes: CHANGELOG.md says nothing about ${version}`);
  }
  return `${notes}\n`;
}

function versionOf(line: string): string | undefined {
  return /^## \[?v?(\d+\.\d+\.\d+[^\s\]]*)/.exec(line)?.[1];
}

if (import.meta.main) {
  try {
    const [tag] = Deno.args;
    if (tag === undefined) throw new Error("Usage: scripts/release_notes.ts TAG");
    checkTag(tag, config.version);
    const changelog = Deno.readTextFileSync(new URL("../CHANGELOG.md", import.meta.url));
    await Deno.stdout.write(new TextEncoder().encode(releaseNotes(changelog, config.version)));
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
