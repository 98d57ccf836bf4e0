import { assertEquals } from "@std/assert";
import { formatRate, parseRate } from "./rate.ts";

Deno.test("a rate reads and prints as people write it", () => {
  for (
    const [text, count, perMs] of [
      ["10/m", 10, 60_000],
      ["5/s", 5, 1000],
      ["100/h", 100, 3_600_000],
      ["3/10s", 3, 10_000],
      ["1/1h30m", 1, 5_400_000],
      ["7/d", 7, 86_400_000],
      ["2/500ms", 2, 500],
    ] as const
  ) {
    assertEquals(parseRate(text), { count, perMs }, text);
    assertEquals(formatRate({ count, perMs }), text);
  }
  assertEquals(parseRate(" 10 / 1m "), { count: 10, perMs: 60_000 });
  assertEquals(formatRate({ count: 10, perMs: 90_000 }), "10/1m30s");
});

Deno.test("what is no rate is none", () => {
  for (
    const text of [
      "",
      "10",
      "/m",
      "0/m",
      "-1/m",
      "1.5/s",
      "10/",
      "10/x",
      "10001/s",
      "1/1ms",
      "1/60d",
      "10/m/s",
    ]
  ) {
    assertEquals(parseRate(text), undefined, text);
  }
});
