import { assertEquals } from "@std/assert";
import { programOf } from "./program_name.ts";

Deno.test("the program of a command is its first word, without folders, variables and changes of folder", () => {
  const cases: [string, string][] = [
    ["echo hello", "echo"],
    ["/usr/bin/ffmpeg -i a.mp4", "ffmpeg"],
    ["A=1 B='x y' make -j4", "make"],
    ["cd /srv/app && ./import.sh --all", "import.sh"],
    ["cd 'a b'; exec python3 x.py", "python3"],
    ["'/opt/my tool/run it' --x", "runit"],
    ["sleep 1; echo done", "sleep"],
    ["(sleep 1)", "?"],
    ["   ", "?"],
    ["x".repeat(200), "x".repeat(40)],
  ];
  for (const [command, program] of cases) assertEquals(programOf({ command, argv: null }), program, command);
  assertEquals(programOf({ command: "", argv: ["/bin/cat", "x"] }), "cat");
});
