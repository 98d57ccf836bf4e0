import { assertEquals } from "@std/assert";
import { isUtf8, sparkline } from "./sparkline.ts";

Deno.test("a bar is as high as its share, and whatever is there shows", () => {
  assertEquals(sparkline([0, 1, 50, 100], true), " ▁▄█");
  assertEquals(sparkline([0, 1, 50, 100], false), " _=#");
  assertEquals(sparkline([0, 0], true), "  ");
});

Deno.test("the first variable of the locale that is set decides", () => {
  const of = (env: Record<string, string>) => isUtf8((name) => env[name]);
  assertEquals(of({ LANG: "de_DE.UTF-8" }), true);
  assertEquals(of({ LANG: "de_DE.UTF-8", LC_ALL: "C" }), false);
  assertEquals(of({ LANG: "C.utf8", LC_ALL: "" }), true);
  assertEquals(of({}), false);
});
