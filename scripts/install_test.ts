// Runs `install.sh` against releases that a server on this machine holds.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const script = fromFileUrl(new URL("./install.sh", import.meta.url));
const ignore = Deno.build.os === "windows";
const asset = `queuectl-${Deno.build.target}`;
const program = "#!/bin/sh\necho it runs\n";

type Files = Readonly<Record<string, string>>;

interface Case {
  readonly folder: string;
  readonly scratch: string;
  readonly asked: readonly string[];
  run(env?: Files, shell?: string): Promise<{ code: number; out: string; err: string }>;
}

/** Serves files by their paths, and gives a way to install from there to `body`. */
async function withRelease(files: Files, body: (test: Case) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "queuectl-install-" });
  const scratch = join(root, "scratch");
  await Deno.mkdir(scratch);
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const text = files[pathname];
    return text === undefined ? new Response("no such file", { status: 404 }) : new Response(text);
  });
  const folder = join(root, "home", ".local", "bin");
  const run = async (env: Files = {}, shell = "sh") => {
    const { code, stdout, stderr } = await new Deno.Command(shell, {
      args: [script],
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH")!,
        HOME: join(root, "home"),
        TMPDIR: scratch,
        QUEUECTL_RELEASES: `http://127.0.0.1:${server.addr.port}/releases`,
        ...env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  try {
    await body({ folder, scratch, asked, run });
  } finally {
    await server.shutdown();
    await Deno.remove(root, { recursive: true });
  }
}

async function sumOf(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function isThere(name: string): boolean {
  if (ignore) return false;
  return new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync().success;
}

async function goodRelease(at = "/releases/latest/download"): Promise<Files> {
  return {
    [`${at}/SHA256SUMS`]: `${"0".repeat(64)}  queuectl-other\n${await sumOf(program)}  ${asset}\n`,
    [`${at}/${asset}`]: program,
  };
}

for (const shell of ["sh", "dash", "bash"].filter(isThere)) {
  Deno.test({ name: `install.sh: installs the latest release (${shell})`, ignore }, async () => {
    await withRelease(await goodRelease(), async ({ folder, scratch, run }) => {
      const { code, out } = await run({}, shell);
      assertEquals(code, 0);
      assertStringIncludes(out, `Installed ${join(folder, "queuectl")}\n`);
      assertStringIncludes(out, `export PATH="${folder}:$PATH"`);
      assertEquals(namesIn(folder), ["queuectl"]);
      assertEquals(namesIn(scratch), []);
      const { stdout } = await new Deno.Command(join(folder, "queuectl")).output();
      assertEquals(new TextDecoder().decode(stdout), "it runs\n");
    });
  });
}

Deno.test(
  { name: "install.sh: without curl, wget will do", ignore: ignore || !isThere("wget") },
  async () => {
    await withRelease(await goodRelease(), async ({ folder, scratch, run }) => {
      const tools = join(scratch, "..", "tools");
      await Deno.mkdir(tools);
      for (const tool of ["awk", "chmod", "cp", "cut", "mkdir", "mktemp", "mv", "rm", "uname", "wget"]) {
        await linkTool(tool, tools);
      }
      for (const tool of ["getconf", "sha256sum", "shasum"]) if (isThere(tool)) await linkTool(tool, tools);
      assertEquals(await run({ PATH: tools }, await pathOf("sh")).then(({ code, err }) => [code, err]), [
        0,
        `Downloading ${asset} (latest) …\n`,
      ]);
      assertEquals(namesIn(folder), ["queuectl"]);
    });
  },
);

async function pathOf(tool: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${tool}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function linkTool(tool: string, folder: string): Promise<void> {
  await Deno.symlink(await pathOf(tool), join(folder, tool));
}

for (const version of ["1.2.3", "v1.2.3"]) {
  Deno.test({ name: `install.sh: takes the release that ${version} names`, ignore }, async () => {
    await withRelease(await goodRelease("/releases/download/v1.2.3"), async ({ folder, run }) => {
      const elsewhere = `${folder}-elsewhere`;
      const env = { QUEUECTL_VERSION: version, QUEUECTL_INSTALL_DIR: elsewhere };
      const path = `${elsewhere}:${Deno.env.get("PATH")}`;
      const { code, out } = await run({ ...env, PATH: path });
      assertEquals([code, out], [0, `Installed ${elsewhere}/queuectl\n`]);
      assertEquals([namesIn(elsewhere), namesIn(folder)], [["queuectl"], []]);
    });
  });
}

Deno.test({ name: "install.sh: a wrong sum is refused, and what is installed stays", ignore }, async () => {
  const good = await goodRelease();
  const bad = { ...good, [`/releases/latest/download/${asset}`]: `${program}# and more\n` };
  await withRelease(bad, async ({ folder, scratch, run }) => {
    const { code, out, err } = await run();
    assertEquals([code, out], [1, ""]);
    assertMatch(err, /Cannot install queuectl: the SHA-256 of \S+ is [0-9a-f]{64}, but SHA256SUMS says/);
    assertEquals([namesIn(folder), namesIn(scratch)], [[], []]);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "queuectl"), "the old one");
    assertEquals((await run()).code, 1);
    assertEquals(namesIn(folder), ["queuectl"]);
    assertEquals(await Deno.readTextFile(join(folder, "queuectl")), "the old one");
  });
});

Deno.test({ name: "install.sh: a release without this target is refused", ignore }, async () => {
  const at = "/releases/latest/download/SHA256SUMS";
  await withRelease(
    { [at]: `${"0".repeat(64)}  ${asset}.exe\n` },
    async ({ folder, scratch, run, asked }) => {
      const { code, err } = await run();
      assertEquals([code, err], [1, `Cannot install queuectl: the release has no ${asset}\n`]);
      assertEquals(asked, [at]);
      assertEquals([namesIn(folder), namesIn(scratch)], [[], []]);
    },
  );
});

Deno.test({ name: "install.sh: a release that is not there is refused", ignore }, async () => {
  await withRelease({}, async ({ folder, scratch, run }) => {
    const { code, err } = await run({ QUEUECTL_VERSION: "9.9.9" });
    assertEquals(code, 1);
    assertMatch(err, /Cannot install queuectl: \S+v9\.9\.9\/SHA256SUMS cannot be downloaded/);
    assertEquals([namesIn(folder), namesIn(scratch)], [[], []]);
  });
});

Deno.test({ name: "install.sh: a system that no binary is for is refused", ignore }, async () => {
  await withRelease({}, async ({ scratch, run, asked }) => {
    const tools = join(scratch, "..", "tools");
    await Deno.mkdir(tools);
    for (const [answer, found] of [["FreeBSD x86_64", "FreeBSD"], ["Linux riscv64", "riscv64"]] as const) {
      const [system, machine] = answer.split(" ");
      const uname = `#!/bin/sh\ncase $1 in -s) echo ${system} ;; *) echo ${machine} ;; esac\n`;
      await Deno.writeTextFile(join(tools, "uname"), uname, { mode: 0o755 });
      const { code, err } = await run({ PATH: `${tools}:${Deno.env.get("PATH")}` });
      assertEquals(code, 1);
      assertStringIncludes(err, `Cannot install queuectl: there is no binary for`);
      assertStringIncludes(err, found);
    }
    assertEquals(asked, []);
  });
});
