// What queuectl relies on in `@std/path`. Runs against the real package and the offline one alike.
import {
  basename,
  DELIMITER,
  dirname,
  extname,
  fromFileUrl,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
  SEPARATOR,
  toFileUrl,
} from "@std/path";
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";

const onWindows = Deno.build.os === "windows";

/** A path as this system writes it. */
function local(path: string): string {
  return path.replaceAll("/", SEPARATOR);
}

Deno.test("path: separators are the system's", () => {
  assertEquals([SEPARATOR, DELIMITER], onWindows ? ["\\", ";"] : ["/", ":"]);
});

Deno.test("path: join and normalize drop what leads nowhere", () => {
  assertEquals(join("a", "..", "b", "./c"), local("b/c"));
  assertEquals(join(""), ".");
  assertEquals(join("a", ""), "a");
  assertEquals(normalize("a//b/../c/"), local("a/c/"));
});

Deno.test("path: dirname, basename and extname take a path apart", () => {
  assertEquals(dirname("a/b/c.txt"), "a/b");
  assertEquals(dirname("c.txt"), ".");
  assertEquals(basename("a/b/c.txt"), "c.txt");
  assertEquals(basename("a/b/c.txt", ".txt"), "c");
  assertEquals(basename("a/b/"), "b");
  assertEquals(basename("/"), local("/"));
  assertEquals(basename(".txt", ".txt"), ".txt");
  assertEquals(dirname("a//b"), "a");
  assertEquals(dirname("/a"), "/");
  assertEquals(extname("a/b.c.txt"), ".txt");
  assertEquals(extname("a/.hidden"), "");
});

Deno.test("path: resolve and relative start from the working folder", () => {
  assertEquals(resolve("a", "..", "b"), join(Deno.cwd(), "b"));
  assertEquals(resolve(), Deno.cwd());
  assertEquals(relative(resolve("a/b"), resolve("a/c/d")), local("../c/d"));
  assertEquals(relative("a", "a"), "");
});

Deno.test("path: isAbsolute tells whether a path has a root", () => {
  assert(isAbsolute(Deno.cwd()));
  assertFalse(isAbsolute("a/b"));
  assertFalse(isAbsolute(""));
});

Deno.test("path: file URLs carry any character there and back", () => {
  for (const name of ["plain", "with space", "100%", "a?b#c", "ünï", "tab\there", "%20"]) {
    const path = join(Deno.cwd(), name);
    const url = toFileUrl(path);
    assertEquals(url.protocol, "file:");
    assertEquals(fromFileUrl(url), path);
    assertEquals(fromFileUrl(url.href), path);
  }
});

Deno.test("path: only absolute paths and file URLs are converted", () => {
  assertThrows(() => toFileUrl("a/b"), TypeError);
  assertThrows(() => fromFileUrl("https://example.org/a"), TypeError);
});
