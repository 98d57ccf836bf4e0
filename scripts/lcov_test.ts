import { assertEquals } from "@std/assert";
import { readLcov } from "./lcov.ts";

Deno.test("readLcov: the lines of every file are counted", () => {
  const text = "SF:/a b.ts\nFNF:0\nDA:1,0\nDA:2,13\nDA:5,1\nLH:2\nLF:3\nend_of_record\n" +
    "SF:/c.ts\r\nDA:1,0\r\nend_of_record\r\n";
  assertEquals([...readLcov(text)], [["/a b.ts", { found: 3, hit: 2 }], ["/c.ts", { found: 1, hit: 0 }]]);
  assertEquals(readLcov("").size, 0);
});
