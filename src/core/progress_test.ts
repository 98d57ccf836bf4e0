import { assert, assertEquals } from "@std/assert";
import {
  formatProgress,
  isPercent,
  isProgressText,
  isSameProgress,
  longestProgressText,
  mostProgressBytes,
  parseProgress,
} from "./progress.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("progress reads back as it was written, and fits into its file", () => {
  for (const text of [null, "", 'a "quoted" \\ line', "🎬".repeat(longestProgressText)]) {
    const bytes = encode(formatProgress({ percent: 40, text }));
    assertEquals(parseProgress(bytes), { percent: 40, text });
    assert(bytes.length <= mostProgressBytes);
  }
});

Deno.test("whatever else a job writes into the file is no progress", () => {
  const wrong = [
    ...["", "40", "null", "[]", "{", '{"percent":40}', '{"text":"x"}', '{"percent":"40","text":null}'],
    ...['{"percent":101,"text":null}', '{"percent":-1,"text":null}', '{"percent":1.5,"text":null}'],
    ...['{"percent":1,"text":7}', '{"percent":1,"text":"a\\nb"}', '{"percent":1,"text":"\\ud800"}'],
    `{"percent":1,"text":"${"x".repeat(longestProgressText + 1)}"}`,
  ];
  for (const text of wrong) assertEquals(parseProgress(encode(text)), null, text);
  assertEquals(parseProgress(Uint8Array.of(0x22, 0xff, 0x22)), null);
});

Deno.test("a percentage is whole, a text is one line", () => {
  assertEquals([0, 100, 101, -1, 1.5, NaN, "1"].map(isPercent), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  assertEquals(["", "a b", "a\tb", "a\u2028b", "\x1b[31m"].map(isProgressText), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("progress is the same where nothing of it differs", () => {
  const one = { percent: 1, text: null };
  assert(isSameProgress(one, { ...one }) && isSameProgress(null, null));
  assert(!isSameProgress(one, null) && !isSameProgress(one, { ...one, percent: 2 }));
  assert(!isSameProgress(one, { ...one, text: "x" }));
});
