import { assert, assertEquals } from "@std/assert";
import { parseJson, pointAt } from "./json_text.ts";

function faultIn(text: string) {
  const result = parseJson(text);
  assert("fault" in result, text);
  return result.fault;
}

Deno.test("parseJson says where a text stops being JSON", () => {
  const cases: [string, number][] = [
    [`{"a":1 "b":2}`, 7],
    [`{a:1}`, 1],
    [`{"a":tru}`, 8],
    [`hello`, 0],
    [`{"a":1`, 6],
    [`{"a":"x`, 7],
    [`{"a":1}}`, 7],
    [`{"command":"echo \x01"}`, 17],
    [``, 0],
  ];
  for (const [text, offset] of cases) assertEquals(faultIn(text).offset, offset, text);
});

Deno.test("a fault is told without the text itself, which is pointed at", () => {
  assertEquals(
    /position|is not valid JSON|line \d/.test(faultIn(`{"a":1 "b"}`).found + faultIn("hello").found),
    false,
  );
  assertEquals(pointAt(`{"a":1 "b":2}`, 7), `{"a":1 "b":2}\n       ^`);
  const long = "x".repeat(100) + "!" + "y".repeat(100);
  assertEquals(pointAt(long, 100), `${"x".repeat(40)}!${"y".repeat(19)}\n${" ".repeat(40)}^`);
});

Deno.test("JSON is parsed", () => {
  assertEquals(parseJson(` {"a":[1]} `), { value: { a: [1] } });
});
