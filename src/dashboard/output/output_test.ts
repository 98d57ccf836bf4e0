import { assert, assertEquals } from "@std/assert";
import { plainStyle, plainText, readSpans, styleAfter } from "./ansi.ts";
import { coloursOf, contrast, lookOf, outputGround, outputInk } from "./ansi_colours.ts";
import { mostOfLine, OutputText, withoutOverwritten } from "./output_text.ts";
import { markSpans, searchLines } from "./search_output.ts";

/** Each piece with what differs from plain. */
function spansOf(text: string, first = plainStyle) {
  return readSpans(text, first).spans.map(({ text, style }) => [
    text,
    Object.fromEntries(
      Object.entries(style).filter(([name, value]) => plainStyle[name as keyof typeof plainStyle] !== value),
    ),
  ]);
}

Deno.test("styles are read: named, of the table and by their parts, one after another and at once", () => {
  assertEquals(spansOf("a\x1b[1;31mb\x1b[0mc"), [["a", {}], ["b", { isBold: true, foreground: 1 }], [
    "c",
    {},
  ]]);
  assertEquals(spansOf("\x1b[93;104mx\x1b[39my\x1b[my"), [
    ["x", { foreground: 11, background: 12 }],
    ["y", { background: 12 }],
    ["y", {}],
  ]);
  assertEquals(spansOf("\x1b[38;5;208mx\x1b[48;2;1;2;3;4my"), [
    ["x", { foreground: 208 }],
    ["y", { foreground: 208, background: [1, 2, 3], isUnderlined: true }],
  ]);
  assertEquals(spansOf("\x1b[38:2::9:8:7mx\x1b[38:5:1my\x1b[4:0;1;22mz"), [
    ["x", { foreground: [9, 8, 7] }],
    ["y", { foreground: 1 }],
    ["z", { foreground: 1 }],
  ]);
  // What is no colour changes nothing, and takes nothing of what follows it.
  assertEquals(spansOf("\x1b[38;5;999mx\x1b[38;2;1mx\x1b[77;3my"), [["xx", {}], ["y", { isItalic: true }]]);
});

Deno.test("all other sequences and control characters are left out, whole or torn", () => {
  assertEquals(plainText("\x1b[2K\x1b[1Gmoved\x1b[?25l\x1b(B"), "moved");
  assertEquals(plainText("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b"), "alinkb");
  assertEquals(plainText("a\x00\x07\tb\x1b[31"), "a\tb");
  assertEquals(plainText("end\x1b"), "end");
  assertEquals(spansOf("<b onclick=x>\x1b[31m&amp;"), [["<b onclick=x>", {}], ["&amp;", { foreground: 1 }]]);
  const style = styleAfter("\x1b[31mred \x1b[1mbold\x1b[2K", plainStyle);
  assertEquals(spansOf("still", style), [["still", { foreground: 1, isBold: true }]]);
});

Deno.test("every colour can be read on every ground", () => {
  const colours = [null, ...Array.from({ length: 256 }, (_, index) => index)];
  for (const foreground of colours) {
    for (const background of [null, 0, 1, 7, 15, 21, 196, 244, 255]) {
      for (const isDim of [false, true]) {
        const drawn = coloursOf({ ...plainStyle, foreground, background, isDim, isReversed: isDim });
        const is = contrast(drawn.ink, drawn.background);
        assert(is >= 4.5, `${foreground} on ${background}: ${is}`);
      }
    }
  }
  assertEquals(lookOf(plainStyle), {});
  assertEquals(lookOf({ ...plainStyle, isUnderlined: true, isStruck: true }), {
    textDecoration: "underline line-through",
  });
  const css = Deno.readTextFileSync(new URL("../style/colours.css", import.meta.url));
  const hex = (rgb: readonly number[]) =>
    `#${rgb.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
  assert(css.includes(`--output-ground: ${hex(outputGround)};`));
  assert(css.includes(`--output-ink: ${hex(outputInk)};`));
});

const textsOf = (output: OutputText) => output.lines.map(({ text }) => text);

Deno.test("output grows at its end, and a line that is not over goes on", () => {
  const output = new OutputText(100, { most: 1000 });
  assertEquals(output.append("one\ntw", { at: 100, bytes: 6 }), 0);
  assertEquals(output.append("o\nthré", { at: 106, bytes: 7 }), 1);
  assertEquals(textsOf(output), ["one", "two", "thré"]);
  assertEquals(output.lines.map(({ at }) => at), [100, 104, 108]);
  assertEquals([output.start, output.end], [100, 113]);
  assertEquals(output.append("\n\n", { at: 113, bytes: 2 }), 2);
  assertEquals(textsOf(output), ["one", "two", "thré", ""]);
});

Deno.test("styles go on from line to line", () => {
  const output = new OutputText(0, { most: 1000 });
  output.append("\x1b[31mred\nalso", { at: 0, bytes: 13 });
  output.append(" red\x1b[0m\nplain\n", { at: 13, bytes: 15 });
  assertEquals(output.lines.map(({ style }) => style.foreground), [null, 1, null]);
});

Deno.test("a progress bar keeps one line and no more than its last state, and its bytes are counted", () => {
  const output = new OutputText(0, { most: 1000 });
  let at = 0;
  for (let percent = 0; percent <= 100; percent++) {
    const text = `\x1b[32m${percent} %\r`;
    output.append(text, { at, bytes: text.length });
    at += text.length;
    assert(output.lines.length === 1 && output.lines[0]!.text.length < 120, output.lines[0]!.text);
  }
  output.append("done\r\nnext", { at, bytes: 10 });
  assertEquals(textsOf(output).map(plainText), ["done", "next"]);
  assertEquals(output.lines.map((line) => line.at), [0, at + 6]);
  assertEquals(["a\r\n".trimEnd(), "a\rb", "a\r\rb", "\x1b[31ma\rb"].map(withoutOverwritten), [
    "a",
    "b",
    "b",
    "\x1b[31mb",
  ]);
  assertEquals(plainText(withoutOverwritten("10 %\r")), "10 %");
});

Deno.test("no more is kept than may be: what is too much goes from the other end", () => {
  const output = new OutputText(0, { most: 1000 });
  for (let index = 0; index < 500; index++) {
    output.append(`line ${String(index).padStart(4, "0")}\n`, { at: index * 10, bytes: 10 });
  }
  assertEquals(output.lines.at(-1)!.text, "line 0499");
  assert(output.lines.length > 90 && output.lines.length <= 112, String(output.lines.length));
  const first = output.firstNumber;
  assertEquals(output.lines[0]!.text, `line ${String(first).padStart(4, "0")}`);
  assertEquals(output.start, first * 10);

  const earlier = Array.from({ length: 60 }, (_, index) => `early ${index}\n`).join("");
  assertEquals(output.prepend(earlier, output.start - earlier.length), 60);
  assertEquals([output.firstNumber, output.lines[0]!.text, output.wasCut], [first - 60, "early 0", true]);
  assertEquals(output.end, output.lines.at(-1)!.at + 10);
});

Deno.test("a line that does not end is shown in pieces", () => {
  const output = new OutputText(0, { most: 1e6 });
  output.append("x".repeat(mostOfLine * 2 + 5), { at: 0, bytes: mostOfLine * 2 + 5 });
  assertEquals(output.lines.map(({ text }) => text.length), [mostOfLine, mostOfLine, 5]);
});

Deno.test("text is found as it is seen, and marked where it is", () => {
  const output = new OutputText(0, { most: 1000 });
  output.append("An \x1b[31mer\x1b[0mror\nfine\nERROR (error)\n", { at: 0, bytes: 40 });
  const found = searchLines(output.lines, output.firstNumber, "error");
  assertEquals(found, [{ line: 0, from: 3, to: 8 }, { line: 2, from: 0, to: 5 }, {
    line: 2,
    from: 7,
    to: 12,
  }]);
  assertEquals(searchLines(output.lines, 0, "(err").length, 1);
  assertEquals(searchLines(output.lines, 0, ""), []);
  const marked = (index: number) =>
    markSpans(
      readSpans(output.lines[index]!.text, plainStyle).spans,
      found.filter(({ line }) => line === index),
    ).map(({ text, mark }) => [text, mark]);
  assertEquals(marked(0), [["An ", null], ["er", 0], ["ror", 0]]);
  assertEquals(marked(2), [["ERROR", 0], [" (", null], ["error", 1], [")", null]]);
});
