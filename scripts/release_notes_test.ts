import { assertEquals, assertThrows } from "@std/assert";
import { checkTag, releaseNotes } from "./release_notes.ts";

const changelog = `# Changelog

## Unreleased

## [0.2.0] - 2026-12-24

### Added

- Schedules, see [the manual].

[the manual](x)

## v0.1.1 (2026-12-01)
- A fix.

## 0.1.0
The first.

## 0.0.9

[0.2.0]: https://example.org/0.2.0
`;

Deno.test("release notes: the section of the version, from whichever kind of heading", () => {
  assertEquals(
    releaseNotes(changelog, "0.2.0"),
    "### Added\n\n- Schedules, see [the manual].\n\n[the manual](x)\n",
  );
  assertEquals(releaseNotes(changelog, "0.1.1"), "- A fix.\n");
  assertEquals(releaseNotes(changelog.replaceAll("\n", "\r\n"), "0.1.0"), "The first.\n");
});

Deno.test("release notes: a version that is only the beginning of another has none", () => {
  assertThrows(() => releaseNotes("## 0.1.0-rc.1\nEarly.\n", "0.1.0"), Error, "has no section 0.1.0");
  assertEquals(releaseNotes("## 0.1.0-rc.1\nEarly.\n", "0.1.0-rc.1"), "Early.\n");
});

Deno.test("release notes: a section that is missing or empty stops the release", () => {
  assertThrows(() => releaseNotes(changelog, "0.3.0"), Error, "has no section 0.3.0");
  assertThrows(() => releaseNotes(changelog, "0.0.9"), Error, "says nothing about 0.0.9");
});

Deno.test("release notes: the tag must be that of the version", () => {
  checkTag("v0.1.0", "0.1.0");
  for (const tag of ["0.1.0", "v0.1.1", "v0.1.0-rc.1"]) {
    assertThrows(() => checkTag(tag, "0.1.0"), Error, `Cannot release ${tag}`);
  }
});
