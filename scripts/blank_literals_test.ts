import { assertEquals } from "@std/assert";
import { blankLiterals } from "./blank_literals.ts";

/** The words that are left of a source. */
function wordsOf(source: string): string[] {
  return blankLiterals(source).match(/\w+/g) ?? [];
}

Deno.test("blankLiterals: comments and what quotes hold are gone, the rest keeps its place", () => {
  assertEquals(blankLiterals(`a("b\\"c"); // d\n/* e\n */ f('g')`), `a("    ");     \n    \n    f(' ')`);
});

Deno.test("blankLiterals: the text of a template is gone, its code stays", () => {
  assertEquals(wordsOf("a(`b ${c({ d: `e ${f} g` })} h $i \\` j`); k"), ["a", "c", "d", "f", "k"]);
});

Deno.test("blankLiterals: a regular expression is told from a division", () => {
  assertEquals(wordsOf(`a = /b"[/"]/g; c`), ["a", "c"]);
  assertEquals(wordsOf(`return /it's/.test(a)`), ["return", "test", "a"]);
  assertEquals(wordsOf(`a = b / c; d = "e" / f(g) / h[0] / i`), [
    "a",
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "0",
    "i",
  ]);
});

Deno.test("blankLiterals: an apostrophe in a comment and slashes in a string open nothing", () => {
  assertEquals(wordsOf(`// it's\na = "https://b"; c`), ["a", "c"]);
});

Deno.test("blankLiterals: the length and the lines are the same, also when something is left open", () => {
  for (const source of ["`a ${b", "/* a\n", `"a\nb`, "a /", "}", "\\", "`"]) {
    const result = blankLiterals(source);
    assertEquals([result.length, result.split("\n").length], [source.length, source.split("\n").length]);
  }
});
