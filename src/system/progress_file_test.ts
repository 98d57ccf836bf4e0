import { assert, assertEquals } from "@std/assert";
import { hasProgressFile, readProgressFile, removeProgressFile, writeProgressFile } from "./progress_file.ts";

async function withPath(body: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-progress-" });
  try {
    await body(`${folder}/1-1-m.progress`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const textAt = (path: string) => {
  const bytes = readProgressFile(path, 100);
  return bytes === null ? null : new TextDecoder().decode(bytes);
};

Deno.test("progress is replaced at one instant, ours alone, and gone when it is removed", () =>
  withPath((path) => {
    assertEquals([hasProgressFile(path), textAt(path)], [false, null]);
    writeProgressFile(path, "one");
    writeProgressFile(path, "two");
    assertEquals([hasProgressFile(path), textAt(path)], [true, "two"]);
    if (Deno.build.os !== "windows") assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    assertEquals([...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].length, 1);
    removeProgressFile(path);
    assertEquals(hasProgressFile(path), false);
    removeProgressFile(path);
  }));

Deno.test("what is no small regular file is not read, and can be removed", async () => {
  const kinds: Readonly<Record<string, (path: string) => unknown>> = {
    huge: (path) => Deno.truncateSync(make(path), 10_000_000_000),
    link: (path) => Deno.symlinkSync("/etc/hostname", path),
    "dangling link": (path) => Deno.symlinkSync("/no/such/file", path),
    device: (path) => Deno.symlinkSync("/dev/zero", path),
    folder: (path) => Deno.mkdirSync(path),
    pipe: (path) => assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success),
    unreadable: (path) => Deno.chmodSync(make(path), 0o000),
  };
  for (const [kind, put] of Object.entries(kinds)) {
    if (kind === "unreadable" && Deno.uid() === 0) continue;
    await withPath((path) => {
      put(path);
      assertEquals([hasProgressFile(path), textAt(path)], [true, null], kind);
      removeProgressFile(path);
      assertEquals(hasProgressFile(path), false, kind);
    });
  }
});

Deno.test("a file that becomes a pipe while it is looked at holds nobody up", () =>
  withPath(async (path) => {
    const script = `for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      echo 1 >"$1-1"; mv "$1-1" "$1"; mkfifo "$1-2"; mv "$1-2" "$1"; done`;
    const swapping = new Deno.Command("sh", { args: ["-c", script, "sh", path] }).spawn();
    let isOver = false;
    void swapping.status.then(() => isOver = true);
    while (!isOver) {
      for (let look = 0; look < 200; look++) {
        const text = textAt(path);
        assert(text === null || text === "1\n" || text === "", String(text));
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }));

function make(path: string): string {
  Deno.writeTextFileSync(path, "x");
  return path;
}
