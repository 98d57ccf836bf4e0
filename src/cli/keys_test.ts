import { assertEquals } from "@std/assert";
import { Keys } from "./keys.ts";

Deno.test("keys have names, characters are themselves, and what is unknown is passed over", () => {
  const keys = new Keys();
  assertEquals(keys.read("jü\x1b[A\x1bOB\t\r\x7f\x03"), [
    "j",
    "ü",
    "up",
    "down",
    "tab",
    "enter",
    "backspace",
    "ctrl-c",
  ]);
  assertEquals(keys.read("\x1b[15;5~x\x01"), ["x"]);
  assertEquals(keys.read("\x1b"), ["escape"]);
});

Deno.test("a sequence in two parts is one key", () => {
  const keys = new Keys();
  assertEquals(keys.read("k\x1b["), ["k"]);
  assertEquals(keys.read("5~q"), ["pageup", "q"]);
});
