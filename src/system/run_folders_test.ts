import { assertEquals, assertThrows } from "@std/assert";
import { runFolders } from "./run_folders.ts";

async function withRuns(body: (runs: ReturnType<typeof runFolders>, root: string) => void): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "queuectl-runs-" });
  try {
    body(runFolders(`${root}/runs`), root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a folder is ours alone, and made once", () =>
  withRuns((runs, root) => {
    const folder = runs.create(7, 2, "m");
    assertEquals(folder, `${root}/runs/7/2-m`);
    if (Deno.build.os !== "windows") {
      assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
      assertEquals(Deno.statSync(`${folder}/out`).mode! & 0o777, 0o600);
    }
    assertThrows(() => runs.create(7, 2, "m"), Deno.errors.AlreadyExists);
    runs.create(7, 3, "n");
    runs.remove(folder);
    assertEquals([...Deno.readDirSync(`${root}/runs/7`)].map((entry) => entry.name), ["3-n"]);
    runs.remove(runs.path(7, 3, "n"));
    assertEquals([...Deno.readDirSync(`${root}/runs`)], []);
  }));

Deno.test("an exit code without its newline is none, and neither is an identity", () =>
  withRuns((runs) => {
    const folder = runs.create(1, 1, "m");
    const write = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
    assertEquals(runs.evidence(folder), { identity: null, exitCode: null });
    write("exit", "1");
    write("id", "12 34");
    assertEquals(runs.evidence(folder), { identity: null, exitCode: null });
    write("exit", "1\n");
    write("id", "12 34\n");
    assertEquals(runs.evidence(folder), { identity: { pid: 12, start: "34" }, exitCode: 1 });
    assertEquals(runs.evidence(runs.path(9, 9, "x")), { identity: null, exitCode: null });
  }));

Deno.test("streams are read in parts, by their tail, and cut to their head", () =>
  withRuns((runs) => {
    const folder = runs.create(1, 1, "m");
    Deno.writeTextFileSync(`${folder}/out`, "0123456789");
    const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
    assertEquals(text(runs.read(folder, "out", 3, 4)), "3456");
    assertEquals(text(runs.read(folder, "out", 8, 100)), "89");
    assertEquals(text(runs.read(folder, "out", 20, 5)), "");
    assertEquals(runs.read("/no/such/folder", "out", 0, 5), null);
    const tail = runs.tail(folder, "out", 4);
    assertEquals([text(tail.tail), tail.bytes], ["6789", 10]);
    assertEquals(runs.tail(folder, "err", 4).bytes, 0);
    runs.cut(folder, "out", 2, "[cut]");
    assertEquals(Deno.readTextFileSync(`${folder}/out`), "01[cut]");
    assertEquals([runs.sizeOf(folder, "out"), runs.sizeOf(folder, "none" as "out")], [7, null]);
  }));
