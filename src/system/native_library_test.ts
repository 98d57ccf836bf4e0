import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type EmbeddedLibrary, embeddedLibrary, findNativeLibrary } from "./native_library.ts";

const onWindows = Deno.build.os === "windows";
const none = () => undefined;

async function embeddedOf(text: string): Promise<EmbeddedLibrary & { readonly reads: number }> {
  const bytes = new TextEncoder().encode(text);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  let reads = 0;
  return {
    sha256,
    read: () => (reads++, bytes),
    get reads() {
      return reads;
    },
  };
}

/** Gives the path of a folder that is not there yet to `body`. */
async function withFolder(body: (folder: string) => Promise<void> | void): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await body(join(parent, "native"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("native library: the one that the variable names comes first, and nothing is made", async () => {
  await withFolder(async (folder) => {
    const env = (name: string) => name === "DENO_SQLITE_PATH" ? "libsqlite3.so.0" : undefined;
    const found = findNativeLibrary({ env, folder, embedded: await embeddedOf("x") });
    assertEquals(found, { path: "libsqlite3.so.0", origin: "DENO_SQLITE_PATH" });
    assertEquals(namesIn(join(folder, "..")), []);
  });
});

Deno.test("native library: an empty variable names none", () => {
  const found = findNativeLibrary({ env: () => "", folder: "unused", embedded: null });
  assertEquals(found, { missing: "no native SQLite library is at hand" });
});

Deno.test("native library: from source nothing is embedded", () => {
  assertEquals(embeddedLibrary(), null);
});

Deno.test("native library: the embedded one is unpacked once, private, under its hash", async () => {
  await withFolder(async (folder) => {
    const embedded = await embeddedOf("a library");
    const found = findNativeLibrary({ env: none, folder, embedded });
    assert("path" in found);
    assertEquals(found.origin, "embedded");
    assertStringIncludes(found.path, embedded.sha256);
    assertEquals(Deno.readTextFileSync(found.path), "a library");
    assertEquals(namesIn(folder).length, 1);
    if (!onWindows) assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
    const modified = Deno.statSync(found.path).ino;
    assertEquals(findNativeLibrary({ env: none, folder, embedded }), found);
    assertEquals(embedded.reads, 1);
    assertEquals(Deno.statSync(found.path).ino, modified);
  });
});

Deno.test("native library: one that was changed is replaced", async () => {
  await withFolder(async (folder) => {
    const embedded = await embeddedOf("a library");
    const first = findNativeLibrary({ env: none, folder, embedded });
    assert("path" in first);
    for (const content of ["another library", ""]) {
      Deno.writeTextFileSync(first.path, content);
      assertEquals(findNativeLibrary({ env: none, folder, embedded }), first);
      assertEquals(Deno.readTextFileSync(first.path), "a library");
      assertEquals(namesIn(folder).length, 1);
    }
  });
});

Deno.test({
  name: "native library: a symbolic link is replaced, and what it points to is left alone",
  ignore: onWindows,
  fn: async () => {
    await withFolder(async (folder) => {
      const embedded = await embeddedOf("a library");
      const first = findNativeLibrary({ env: none, folder, embedded });
      assert("path" in first);
      const elsewhere = join(folder, "..", "elsewhere");
      Deno.renameSync(first.path, elsewhere);
      Deno.symlinkSync(elsewhere, first.path);
      assertEquals(findNativeLibrary({ env: none, folder, embedded }), first);
      assert(Deno.lstatSync(first.path).isFile);
      assertEquals(Deno.readTextFileSync(elsewhere), "a library");
    });
  },
});

Deno.test("native library: many processes at once leave one whole file", async () => {
  await withFolder(async (folder) => {
    const embedded = await embeddedOf("a library ".repeat(200_000));
    const script = join(folder, "..", "unpack.ts");
    Deno.writeTextFileSync(
      script,
      `import { findNativeLibrary } from ${JSON.stringify(new URL("./native_library.ts", import.meta.url))};
      const read = () => new TextEncoder().encode("a library ".repeat(200_000));
      const embedded = { sha256: "${embedded.sha256}", read };
      const folder = ${JSON.stringify(folder)};
      console.log(JSON.stringify(findNativeLibrary({ env: () => "", folder, embedded })));`,
    );
    const outputs = await Promise.all(Array.from({ length: 6 }, () => runScript(script)));
    const expected = findNativeLibrary({ env: none, folder, embedded });
    for (const output of outputs) assertEquals(JSON.parse(output), expected);
    assertEquals(namesIn(folder).length, 1);
  });
});

async function runScript(path: string): Promise<string> {
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", ...flags, path],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("native library: another version's stays beside it", async () => {
  await withFolder(async (folder) => {
    const old = findNativeLibrary({ env: none, folder, embedded: await embeddedOf("old") });
    const young = findNativeLibrary({ env: none, folder, embedded: await embeddedOf("new") });
    assertNotEquals(old, young);
    assertEquals(namesIn(folder).length, 2);
  });
});

Deno.test("native library: one that is not what the build noted is not used", async () => {
  await withFolder((folder) => {
    const embedded = { sha256: "0".repeat(64), read: () => new TextEncoder().encode("damaged") };
    const found = findNativeLibrary({ env: none, folder, embedded });
    assert("missing" in found);
    assertStringIncludes(found.missing, "damaged");
  });
});

Deno.test({
  name: "native library: a folder that others may enter is refused",
  ignore: onWindows,
  fn: async () => {
    await withFolder(async (folder) => {
      Deno.mkdirSync(folder);
      Deno.chmodSync(folder, 0o755);
      const found = findNativeLibrary({ env: none, folder, embedded: await embeddedOf("x") });
      assert("missing" in found);
      assertStringIncludes(found.missing, `into ${folder}: others have access to it`);
      assertEquals(namesIn(folder), []);
    });
  },
});

Deno.test("native library: a file in the folder's place is a reason, no failure", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(folder, "");
    const found = findNativeLibrary({ env: none, folder, embedded: await embeddedOf("x") });
    assert("missing" in found);
  });
});
