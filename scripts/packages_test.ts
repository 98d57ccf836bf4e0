// Runs `packages.ts` as the tasks do: as a program that starts another.
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, isAbsolute } from "@std/path";
import { choosePackages } from "./packages.ts";

const PROGRAM = fromFileUrl(new URL("./packages.ts", import.meta.url));
const onWindows = Deno.build.os === "windows";

function start(args: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "-A", PROGRAM, ...args],
    env: { QUEUECTL_PACKAGES: "offline", QUEUECTL_DENO_FLAGS: "", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Gives the path of a throw-away program to `body`. */
async function withScript(source: string, body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, source);
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

async function finish(child: Deno.ChildProcess): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("packages: the flags are absolute and frozen, and are handed on", async () => {
  const before = Deno.env.get("QUEUECTL_PACKAGES");
  try {
    for (const set of ["jsr", "offline"]) {
      Deno.env.set("QUEUECTL_PACKAGES", set);
      const { flags, environment } = await choosePackages();
      for (const flag of flags) if (!flag.startsWith("--")) assertEquals(isAbsolute(flag), true, flag);
      assertEquals(flags.includes("--frozen"), true);
      assertEquals(flags.includes("--import-map"), set === "offline");
      assertEquals(environment, { QUEUECTL_PACKAGES: set, QUEUECTL_DENO_FLAGS: JSON.stringify(flags) });
    }
    Deno.env.set("QUEUECTL_PACKAGES", "npm");
    await assertRejects(choosePackages, Error, "jsr or offline");
  } finally {
    if (before === undefined) Deno.env.delete("QUEUECTL_PACKAGES");
    else Deno.env.set("QUEUECTL_PACKAGES", before);
  }
});

Deno.test("packages: what it runs gets the arguments and the environment, and is silent about it", async () => {
  const source = `console.log(Deno.args.join(), Deno.env.get("QUEUECTL_PACKAGES"));
    console.log(JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS")).at(-1));`;
  await withScript(source, async (path) => {
    const { code, out, err } = await finish(start(["run", "--allow-env", path, "a b", "--c"]));
    assertEquals({ code, out, err }, { code: 0, out: "a b,--c offline\n--frozen\n", err: "" });
  });
});

Deno.test("packages: the names resolve to the adapters offline", async () => {
  const source = `import { join } from "@std/path"; console.log(join("a", "..", "b"));`;
  await withScript(source, async (path) => {
    const { code, out } = await finish(start(["run", path]));
    assertEquals({ code, out }, { code: 0, out: "b\n" });
  });
});

Deno.test("packages: the exit code is the program's", async () => {
  await withScript(`Deno.exit(7)`, async (path) => {
    assertEquals((await finish(start(["run", path]))).code, 7);
  });
});

Deno.test("packages: a wrong choice and a missing subcommand are refused", async () => {
  const wrong = await finish(start(["run", "x.ts"], { QUEUECTL_PACKAGES: "npm" }));
  assertEquals(wrong.code, 2);
  assertMatch(wrong.err, /^Cannot use QUEUECTL_PACKAGES=npm: it must be jsr or offline\n$/);
  const missing = await finish(start([]));
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.err, "Usage:");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `packages: ${signal} is handed on once, and waited for`,
    ignore: onWindows,
    fn: async () => {
      const source = `let count = 0;
        Deno.addSignalListener("${signal}", () => count++);
        console.log("ready");
        setTimeout(() => { console.log(count); Deno.exit(count === 1 ? 5 : 6); }, 1_000);`;
      await withScript(source, async (path) => {
        const child = start(["run", path]);
        let printed = "";
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
          if (printed === "") child.kill(signal);
          printed += text;
        }
        await child.stderr.cancel();
        assertEquals([printed, (await child.status).code], ["ready\n1\n", 5]);
      });
    },
  });
}

Deno.test({
  name: "packages: a program that dies of a signal gives 128 and its number",
  ignore: onWindows,
  fn: async () => {
    await withScript(`Deno.kill(Deno.pid, "SIGKILL")`, async (path) => {
      assertEquals((await finish(start(["run", "-A", path]))).code, 137);
    });
  },
});
