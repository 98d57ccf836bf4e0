/** What each command can still do once it runs. Whatever is not listed here was tried, and denied. */

import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { commands } from "../../src/cli/commands.ts";
import { programPermissions } from "../../src/system/self_launcher.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import { TestQueue } from "../support/program.ts";

const reads = ["read"];
const writes = ["read", "write", "sys"];
const worker = ["read", "write", "env", "run", "sys"];

const expected: Readonly<
  Record<string, { readonly args: readonly string[]; readonly allowed: readonly string[] }>
> = {
  "enqueue": { args: ["--", "true"], allowed: writes },
  "run": { args: ["--", "true"], allowed: writes },
  "wait": { args: ["x"], allowed: writes },
  "status": { args: [], allowed: reads },
  "top": { args: [], allowed: writes },
  "stats": { args: [], allowed: reads },
  "metrics": { args: [], allowed: reads },
  "list": { args: [], allowed: reads },
  "show": { args: ["x"], allowed: reads },
  "explain": { args: ["x"], allowed: ["read", "run", "sys"] },
  "graph": { args: ["x"], allowed: reads },
  "logs": { args: ["x"], allowed: ["read", "write"] },
  "cancel": { args: ["x"], allowed: writes },
  "retry": { args: ["x"], allowed: writes },
  "edit": { args: ["x", "--priority", "1"], allowed: writes },
  "remove": { args: ["x"], allowed: writes },
  "progress": { args: ["40"], allowed: ["read", "write"] },
  "worker start": { args: [], allowed: worker },
  "worker run": { args: [], allowed: worker },
  "worker stop": { args: [], allowed: ["read", "write", "run", "sys"] },
  "worker list": { args: [], allowed: ["read", "run", "sys"] },
  "worker supervise": { args: ["--id=s"], allowed: worker },
  "worker process": { args: ["--supervisor=s"], allowed: worker },
  "queue list": { args: [], allowed: reads },
  "queue show": { args: ["default"], allowed: reads },
  "queue set": { args: ["default", "--limit", "1"], allowed: writes },
  "queue pause": { args: ["default"], allowed: writes },
  "queue resume": { args: ["default"], allowed: writes },
  "queue drain": { args: ["default"], allowed: writes },
  "queue throttle": { args: ["default", "--for", "1s"], allowed: writes },
  "queue rename": { args: ["default", "other"], allowed: writes },
  "dlq list": { args: [], allowed: reads },
  "dlq retry": { args: ["x"], allowed: writes },
  "dlq purge": { args: ["--all", "--yes"], allowed: writes },
  "prune": { args: ["--yes"], allowed: writes },
  "ui": { args: ["--no-open"], allowed: ["read", "write", "run", "sys", "net"] },
  "serve": { args: ["--listen", "127.0.0.1:0"], allowed: ["read", "write", "sys", "net"] },
  "webhook secret": { args: [], allowed: writes },
  "webhook ping": { args: ["http://127.0.0.1:1/"], allowed: ["read", "net"] },
  "webhook post": { args: [], allowed: ["net"] },
  "config show": { args: [], allowed: reads },
  "config get": { args: ["shell"], allowed: reads },
  "config set": { args: ["shell", "sh"], allowed: writes },
  "config unset": { args: ["shell"], allowed: writes },
  "config path": { args: [], allowed: reads },
  "migrate": { args: ["--to", "postgres://127.0.0.1/none"], allowed: ["read", "write", "env", "sys", "net"] },
  "doctor": { args: [], allowed: ["read", "write", "run", "sys"] },
  "init": { args: [], allowed: writes },
  "version": { args: [], allowed: reads },
  "help": { args: [], allowed: reads },
};

const probe = fromFileUrl(new URL("../fixtures/permission_probe.ts", import.meta.url));

async function allowedIn(
  queue: TestQueue,
  words: readonly string[],
  env: Record<string, string>,
  stdin = "",
): Promise<string[]> {
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, ...programPermissions, probe, ...words],
    env: { QUEUECTL_HOME: queue.home, ...env },
    cwd: queue.path("."),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Most commands read none of it.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { stdout, stderr } = await child.output();
  // A server has said where it is before.
  const text = new TextDecoder().decode(stdout).replace(/^http.*\n/, "");
  if (text === "") throw new Error(`queuectl ${words.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(text);
}

Deno.test("every command is in the table", () => {
  assertEquals(Object.keys(expected).toSorted(), commands.map((command) => command.name).toSorted());
});

for (const [name, { args, allowed }] of Object.entries(expected)) {
  Deno.test(`${name} keeps ${allowed.join(", ")}, and cannot do anything else`, async () => {
    await using queue = await TestQueue.create();
    assertEquals(await allowedIn(queue, [...name.split(" "), ...args], { QUEUECTL_SQLITE_DRIVER: "node" }), [
      ...allowed,
    ]);
  });
}

for (
  const [args, allowed] of [
    [["serve", "--listen", "127.0.0.1:0"], ["read", "write", "sys"]],
    [["serve", "--listen", "127.0.0.1:0", "--read-only"], ["read"]],
    [["ui", "--no-open"], ["read", "write", "sys"]],
    [["ui", "--no-open", "--read-only"], ["read"]],
  ] as const
) {
  Deno.test(`once it listens, ${args.join(" ")} keeps ${allowed.join(", ")}, and cannot do anything else`, async () => {
    await using queue = await TestQueue.create();
    const env = { QUEUECTL_SQLITE_DRIVER: "node", QUEUECTL_TEST_PROBE_AT: "2" };
    assertEquals(await allowedIn(queue, args, env), [...allowed]);
  });
}

Deno.test("once it has begun to post, webhook ping cannot do anything any more", async () => {
  await using queue = await TestQueue.create();
  const env = { QUEUECTL_SQLITE_DRIVER: "node", QUEUECTL_TEST_PROBE_AT: "2" };
  assertEquals(await allowedIn(queue, ["webhook", "ping", "http://127.0.0.1:1/"], env), []);
  const post = { url: "http://127.0.0.1:1/", headers: {}, body: "{}", timeoutMs: 1000 };
  assertEquals(await allowedIn(queue, ["webhook", "post"], env, JSON.stringify(post)), []);
});

Deno.test("with a store on a server, only commands that use the store keep net, and what its driver reads", async () => {
  await using queue = await TestQueue.create();
  const env = { QUEUECTL_STORE: "postgres://127.0.0.1/none" };
  assertEquals(await allowedIn(queue, ["status"], env), ["read", "env", "sys", "net"]);
  assertEquals(await allowedIn(queue, ["worker", "list"], env), ["read", "env", "run", "sys", "net"]);
  assertEquals(await allowedIn(queue, ["config", "show"], env), ["read"]);
});

Deno.test("a move keeps what the drivers of both stores need; giving up may need either", async () => {
  await using queue = await TestQueue.create();
  const onServer = { QUEUECTL_STORE: "postgres://127.0.0.1/none", QUEUECTL_SQLITE_DRIVER: "node" };
  const all = ["read", "write", "env", "sys", "net"];
  assertEquals(await allowedIn(queue, ["migrate", "--to", "sqlite"], onServer), all);
  assertEquals(await allowedIn(queue, ["migrate", "--abort"], { QUEUECTL_SQLITE_DRIVER: "node" }), all);
});

Deno.test("with the FFI driver, only commands that use the store keep ffi", async () => {
  const library = findNativeLibrary();
  if (library === undefined) return console.error("!!! not tested: no native SQLite library was found");
  await using queue = await TestQueue.create();
  const env = { DENO_SQLITE_PATH: library, QUEUECTL_SQLITE_DRIVER: "ffi" };
  assertEquals(await allowedIn(queue, ["status"], env), ["read", "ffi"]);
  assertEquals(await allowedIn(queue, ["enqueue", "--", "true"], env), ["read", "write", "sys", "ffi"]);
  assertEquals(await allowedIn(queue, ["config", "show"], env), ["read"]);
});
