/** What only some calls need is loaded by them, and by no others: the driver for PostgreSQL, what reads times in words, the server. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, toFileUrl } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { programPermissions } from "../../src/system/self_launcher.ts";
import { type Program, TestQueue } from "../support/program.ts";

const said = "the package was loaded";

/** The program from source, with a package that fails as soon as it is loaded. */
async function withBroken(name: string, queue: TestQueue): Promise<Program> {
  const broken = queue.path("broken.ts");
  // With what any of them exports.
  await Deno.writeTextFile(
    broken,
    `throw new Error("${said}");\nexport default null;\nexport const casual = null;\nexport const Hono = null;\nexport const z = null;\n`,
  );
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const offline = flags[flags.indexOf("--import-map") + 1];
  const imports: Record<string, string> = flags.includes("--import-map")
    ? absolute(JSON.parse(await Deno.readTextFile(offline!)).imports, toFileUrl(offline!))
    : config.imports;
  const map = queue.path("import_map.json");
  await Deno.writeTextFile(
    map,
    JSON.stringify({ imports: { ...imports, [name]: toFileUrl(broken).href } }),
  );
  const main = fromFileUrl(new URL("../../main.ts", import.meta.url));
  const folder = fromFileUrl(new URL("../../deno.json", import.meta.url));
  return {
    name: "source",
    command: Deno.execPath(),
    args: ["run", "--config", folder, "--import-map", map, "--no-lock", ...programPermissions, main],
  };
}

function absolute(imports: Readonly<Record<string, string>>, base: URL): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).map(([name, to]) => [name, to.startsWith(".") ? new URL(to, base).href : to]),
  );
}

Deno.test("--help and commands on SQLite never load the driver for PostgreSQL; commands on a server do", async () => {
  await using place = await TestQueue.create();
  await using queue = await TestQueue.create(await withBroken("postgres", place));
  for (
    const args of [
      ["--help"],
      ["help", "many-machines"],
      ["version"],
      ["enqueue", "--id", "j", "--", "true"],
      ["status"],
      ["list", "--json"],
      ["config", "show"],
      ["worker", "list"],
    ]
  ) {
    const { code, stderr } = await queue.call(args);
    assertEquals([code, stderr.includes(said)], [0, false], `${args.join(" ")}: ${stderr}`);
  }
  const { code, stderr } = await queue.call(["status", "--store", "postgres://127.0.0.1:1/none"]);
  assertEquals(code === 0, false);
  assertStringIncludes(stderr, said);
});

Deno.test("enqueue never loads what reads times in words where there are none", async () => {
  await using place = await TestQueue.create();
  await using queue = await TestQueue.create(await withBroken("chrono-node/en", place));
  await Deno.writeTextFile(queue.path("jobs.jsonl"), '{"command":"true","run_at":"2030-01-01T00:00:00Z"}\n');
  for (
    const args of [
      ["--help"],
      ["enqueue", "--help"],
      ["enqueue", "--", "true"],
      ["enqueue", "--delay", "1h", "--", "true"],
      ["enqueue", "--run-at", "2030-01-01T00:00:00Z", "--retry-until", "2031-01-01T00:00:00Z", "--", "true"],
      ["enqueue", '{"command":"true","delay":"1h"}'],
      ["enqueue", "--file", queue.path("jobs.jsonl")],
    ]
  ) {
    const { code, stderr } = await queue.call(args);
    assertEquals([code, stderr.includes(said)], [0, false], `${args.join(" ")}: ${stderr}`);
  }
  for (
    const args of [["--run-at", "in 2 hours", "--", "true"], ['{"command":"true","retry_until":"9:00"}']]
  ) {
    const { code, stderr } = await queue.call(["enqueue", ...args]);
    assertEquals(code === 0, false);
    assertStringIncludes(stderr, said);
  }
});

for (const name of ["hono", "zod"]) {
  Deno.test(`only serve and ui load ${name}`, async () => {
    await using place = await TestQueue.create();
    await using queue = await TestQueue.create(await withBroken(name, place));
    await queue.call(["enqueue", "--id", "j", "--", "true"]);
    for (
      const args of [
        ["--help"],
        ["serve", "--help"],
        ["ui", "--help"],
        ["help", "api"],
        ["version"],
        ["enqueue", "--", "true"],
        ["status"],
        ["list", "--json"],
        ["show", "j"],
        ["worker", "list"],
        ["queue", "list"],
        ["config", "show"],
      ]
    ) {
      const { code, stderr } = await queue.call(args);
      assertEquals([code, stderr.includes(said)], [0, false], `${args.join(" ")}: ${stderr}`);
    }
    const { code, stderr } = await queue.call(["serve", "--listen", "127.0.0.1:0"]);
    assertEquals(code === 0, false);
    assertStringIncludes(stderr, said);
  });
}
