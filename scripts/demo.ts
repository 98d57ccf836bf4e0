/**
 * The main job at work, in a home that goes afterwards: `deno task demo`. Starts two workers, enqueues a good job, a
 * failing one, a slow one and a missing command, shows the status until all is settled, prints the dead letter
 * queue and stops gracefully. Takes about 15 seconds. QUEUECTL_BINARY names a compiled program to show instead.
 */
import { fromFileUrl, join } from "@std/path";
import { programPermissions } from "../src/system/self_launcher.ts";
import { choosePackages } from "./packages.ts";

const root = fromFileUrl(new URL("../", import.meta.url));

/** How long everything may take, in milliseconds; much longer than it does. */
const patienceMs = 120_000;

interface Status {
  readonly pending: number;
  readonly processing: number;
}

class Demo {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #cwd: string;

  constructor(command: string, args: readonly string[], where: { env: Record<string, string>; cwd: string }) {
    this.#command = command;
    this.#args = args;
    this.#env = where.env;
    this.#cwd = where.cwd;
  }

  /** Shows a call as it would be typed, and what it says. */
  async show(...words: string[]): Promise<void> {
    console.log(
      `\n$ queuectl ${words.map((word) => /^[\w.,:=/-]+$/.test(word) ? word : `'${word}'`).join(" ")}`,
    );
    const { success } = await this.#run(words, "inherit");
    if (!success) throw new Error(`queuectl ${words.join(" ")} failed`);
  }

  async status(): Promise<Status> {
    const { stdout } = await this.#run(["status", "--json"], "piped");
    return JSON.parse(new TextDecoder().decode(stdout));
  }

  async stopAnyway(): Promise<void> {
    await this.#run(["worker", "stop", "--force", "--wait"], "null");
  }

  async #run(words: readonly string[], stdout: "inherit" | "piped" | "null"): Promise<Deno.CommandOutput> {
    const child = new Deno.Command(this.#command, {
      args: [...this.#args, ...words],
      env: this.#env,
      cwd: this.#cwd,
      stdin: "null",
      stdout,
      stderr: stdout === "piped" ? "null" : stdout,
    }).spawn();
    if (stdout === "piped") return await child.output();
    const status = await child.status;
    return { ...status, stdout: new Uint8Array(), stderr: new Uint8Array() };
  }
}

async function play(demo: Demo): Promise<void> {
  await demo.show("worker", "start", "--count", "2");
  await demo.show("enqueue", '{"id":"good","command":"echo Hello World"}');
  await demo.show("enqueue", '{"id":"failing","command":"echo no luck >&2; exit 1"}');
  await demo.show("enqueue", "--id", "slow", "--", "sleep 5; echo slow but sure");
  await demo.show("enqueue", "--id", "missing", "--", "no-such-command", "--at", "all");
  await demo.show("list");
  const giveUpAt = performance.now() + patienceMs;
  let last = "";
  for (;;) {
    const status = await demo.status();
    const now = JSON.stringify(status);
    if (now !== last) await demo.show("status");
    last = now;
    if (status.pending + status.processing === 0) break;
    if (performance.now() > giveUpAt) throw new Error("the jobs were not settled in time");
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  await demo.show("list");
  await demo.show("logs", "good");
  await demo.show("dlq", "list");
  await demo.show("worker", "stop", "--wait");
  console.log(
    "\nThat was the demo: two jobs completed, two ran out of attempts and wait in the dead letter queue.",
  );
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-demo-" });
  const packages = await choosePackages();
  const binary = Deno.env.get("QUEUECTL_BINARY");
  const args = binary === undefined
    ? ["run", ...packages.flags, ...programPermissions, join(root, "main.ts")]
    : [];
  const env = { ...packages.environment, QUEUECTL_HOME: join(folder, "home") };
  const demo = new Demo(binary ?? Deno.execPath(), args, { env, cwd: folder });
  try {
    await play(demo);
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    await demo.stopAnyway();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
