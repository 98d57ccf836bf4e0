import { assertEquals } from "@std/assert";
import { runFiles } from "./run_files.ts";

async function withRuns(body: (runs: ReturnType<typeof runFiles>, root: string) => void): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "queuectl-runs-" });
  try {
    body(runFiles(`${root}/runs`), root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("the files of runs are ours alone, and those of one run go without the others", () =>
  withRuns((runs, root) => {
    const base = runs.base(7, 2, "m");
    assertEquals(base, `${root}/runs/7-2-m`);
    assertEquals([runs.forbidStart(base), runs.forbidStart(base)], [true, false]);
    if (Deno.build.os !== "windows") assertEquals(Deno.statSync(`${root}/runs`).mode! & 0o777, 0o700);
    Deno.writeTextFileSync(`${base}.out`, "");
    runs.forbidStart(runs.base(7, 3, "n"));
    runs.remove(base);
    assertEquals([...Deno.readDirSync(`${root}/runs`)].map((entry) => entry.name), ["7-3-n.id"]);
    runs.remove(base);
  }));

Deno.test("the files of a run are found by its number and mark", () =>
  withRuns((runs) => {
    assertEquals(runs.find(1, "m"), null);
    for (const base of [runs.base(7, 2, "m"), runs.base(17, 2, "n")]) runs.forbidStart(base);
    assertEquals(runs.find(2, "m"), runs.base(7, 2, "m"));
    assertEquals(runs.find(2, "n"), runs.base(17, 2, "n"));
    assertEquals([runs.find(7, "m"), runs.find(1, "m"), runs.find(2, "")], [null, null, null]);
  }));

Deno.test("an exit code without its newline is none, and neither is an identity", () =>
  withRuns((runs) => {
    const base = runs.base(1, 1, "m");
    runs.prepare();
    const write = (name: string, text: string) => Deno.writeTextFileSync(`${base}.${name}`, text);
    assertEquals(runs.evidence(base), { identity: null, exitCode: null });
    write("id", "12 34");
    assertEquals(runs.evidence(base), { identity: null, exitCode: null });
    write("id", "12 34\n1");
    assertEquals(runs.evidence(base), { identity: { pid: 12, start: "34" }, exitCode: null });
    write("id", "12 34\n1\n");
    assertEquals(runs.evidence(base), { identity: { pid: 12, start: "34" }, exitCode: 1 });
    assertEquals(runs.evidence(runs.base(9, 9, "x")), { identity: null, exitCode: null });
  }));

Deno.test("streams are read in parts, by their tail, and cut to their head", () =>
  withRuns((runs) => {
    const base = runs.base(1, 1, "m");
    runs.prepare();
    Deno.writeTextFileSync(`${base}.out`, "0123456789");
    const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
    assertEquals(text(runs.read(base, "out", 3, 4)), "3456");
    assertEquals(text(runs.read(base, "out", 8, 100)), "89");
    assertEquals(text(runs.read(base, "out", 20, 5)), "");
    assertEquals(runs.read("/no/such/base", "out", 0, 5), null);
    const tail = runs.tail(base, "out", 4);
    assertEquals([text(tail.tail), tail.bytes], ["6789", 10]);
    assertEquals(runs.tail(base, "err", 4).bytes, 0, "a file that is not there yet");
    runs.cut(base, "out", 2, "[cut]");
    assertEquals(Deno.readTextFileSync(`${base}.out`), "01[cut]");
    assertEquals([runs.sizeOf(base, "out"), runs.sizeOf(base, "none" as "out")], [7, null]);
  }));
