/**
 * A host of its own to everybody else: another name, other pids, and, where they can be made, another network that
 * is joined to ours by one link. All of it can be killed at once, and the link be cut. Linux, as root.
 */

import { quickest, TestQueue } from "../support/program.ts";
import { TestProxy } from "../support/proxy.ts";
import { Crew } from "./crew.ts";
import { PostgresView, type ViewedHost } from "./postgres_view.ts";

export interface HostPlan {
  readonly name: string;
  /** The server's port on 127.0.0.1, and the URL by which it is reached from here. */
  readonly server: { readonly port: number; readonly url: string };
  readonly settings: Readonly<Record<string, string>>;
  readonly workerCount: number;
}

/** Reaps what is left to it, as the first process of a system has to. */
const firstProcess = `hostname "$1"; while :; do sleep 1000 & wait; done`;

export class SimulatedHost implements ViewedHost, AsyncDisposable {
  readonly #plan: HostPlan;
  readonly #network: Network | null;
  readonly #proxy: TestProxy;
  readonly queue: TestQueue;
  readonly #view: PostgresView;
  #crew: Crew;
  #lives = 0;
  #first: { readonly pid: number; readonly child: Deno.ChildProcess } | null = null;
  #isCut = false;

  private constructor(
    plan: HostPlan,
    parts: { network: Network | null; proxy: TestProxy; queue: TestQueue },
  ) {
    this.#plan = plan;
    this.#network = parts.network;
    this.#proxy = parts.proxy;
    this.queue = parts.queue;
    this.#view = new PostgresView(plan.server.url, this);
    this.#crew = this.#newCrew();
  }

  /** Null where namespaces cannot be made. */
  static async start(plan: HostPlan): Promise<SimulatedHost | null> {
    if (!await shell(`unshare --fork --pid --mount-proc --uts true`)) return null;
    const network = await Network.create();
    const proxy = await TestProxy.start(plan.server.port, network?.ours);
    const url = new URL(plan.server.url);
    url.host = `${network?.ours ?? "127.0.0.1"}:${proxy.port}`;
    const queue = await TestQueue.create({
      name: "compiled",
      command: "sh",
      args: [
        "-c",
        `exec nsenter -t "$(cat "$QUEUECTL_HOME.host")" -m -p -u -n -- "$@"`,
        "on-host",
        quickest.command,
        ...quickest.args,
      ],
    }, { ...plan.settings, QUEUECTL_STORE: url.href });
    const host = new SimulatedHost(plan, { network, proxy, queue });
    try {
      await host.boot();
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Another one in each life. */
  get name(): string {
    return `${this.#plan.name}-${this.#lives}`;
  }

  get hasNetwork(): boolean {
    return this.#network !== null;
  }

  get proxy(): TestProxy {
    return this.#proxy;
  }

  get crew(): Crew {
    return this.#crew;
  }

  /** Whether it is there, and can reach the server. */
  get isUp(): boolean {
    return this.#first !== null && !this.#isCut;
  }

  async boot(): Promise<void> {
    this.#lives++;
    this.#crew = this.#newCrew();
    const child = new Deno.Command(this.#network === null ? "unshare" : "nsenter", {
      args: [
        ...(this.#network === null ? [] : ["-t", String(this.#network.pid), "-n", "unshare"]),
        ...[
          "--fork",
          "--pid",
          "--mount-proc",
          "--uts",
          "--kill-child",
          "sh",
          "-c",
          firstProcess,
          "host",
          this.name,
        ],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const pid = await firstChildOf(child.pid);
    await Deno.writeTextFile(`${this.queue.home}.host`, String(pid));
    this.#first = { pid, child };
  }

  /** Starts the workers that are missing, unless the host goes away meanwhile. */
  async refill(): Promise<void> {
    const life = this.#lives;
    if (!this.isUp) return;
    try {
      await this.#crew.refill();
    } catch (error) {
      if (this.isUp && life === this.#lives && !/exit 4\b/.test(String(error))) throw error;
    }
  }

  /** SIGKILL of all of it. */
  async vanish(): Promise<void> {
    const first = this.#first;
    this.#first = null;
    if (first === null) return;
    Deno.kill(first.pid, "SIGKILL");
    await first.child.status;
  }

  async cutOff(): Promise<void> {
    this.#isCut = true;
    if (this.#network === null) this.#proxy.fallSilent();
    else await this.#network.set("down");
  }

  async join(): Promise<void> {
    if (this.#network === null) this.#proxy.recover();
    else await this.#network.set("up");
    this.#isCut = false;
  }

  async existing(pids: readonly number[]): Promise<ReadonlySet<number>> {
    if (this.#first === null || pids.length === 0) return new Set();
    const script = `for pid; do grep -qsF -- "--home=" "/proc/$pid/cmdline" && echo "$pid"; done; :`;
    const { stdout } = await new Deno.Command("nsenter", {
      args: [
        "-t",
        String(this.#first.pid),
        "-m",
        "-p",
        "--",
        "sh",
        "-c",
        script,
        "existing",
        ...pids.map(String),
      ],
      stderr: "null",
    }).output();
    return new Set(new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").map(Number));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
    await this.#view[Symbol.asyncDispose]();
    await this.#proxy[Symbol.asyncDispose]();
    await this.#network?.remove();
    await this.queue[Symbol.asyncDispose]();
  }

  #newCrew(): Crew {
    const enter = () =>
      this.#first === null ? ["false"] : ["nsenter", "-t", String(this.#first.pid), "-m", "-p", "--"];
    return new Crew(this.queue, this.#view, this.#plan.workerCount, { enter, slots: 2 });
  }
}

/** A network that has one link to ours. It lasts as long as the process that was started in it. */
class Network {
  readonly name: string;
  readonly #holder: Deno.ChildProcess;
  /** Our address on the link. */
  readonly ours: string;

  private constructor(name: string, ours: string, holder: Deno.ChildProcess) {
    this.name = name;
    this.#holder = holder;
    this.ours = ours;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  static async create(): Promise<Network | null> {
    // Tests may only use the network of this machine.
    const { state } = await Deno.permissions.query({ name: "net" });
    if (state !== "granted") return null;
    const [a, b, c] = crypto.getRandomValues(new Uint8Array(3));
    const name = `qctl${crypto.randomUUID().slice(0, 6)}`;
    const net = `10.${200 + a! % 50}.${b}.${4 * (c! % 63)}`;
    const address = (last: number) => net.replace(/\d+$/, (first) => String(Number(first) + last));
    if (!await shell("unshare --net true")) return null;
    const holder = new Deno.Command("unshare", { args: ["--net", "sleep", "1000000"], stdin: "null" })
      .spawn();
    const network = new Network(name, address(1), holder);
    const made = await shell(
      `own=$(readlink /proc/self/ns/net)
       for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
         [ "$(readlink "/proc/$4/ns/net")" = "$own" ] || break
         sleep 0.1
       done
       [ "$(readlink "/proc/$4/ns/net")" != "$own" ] &&
       ip link add "$1a" type veth peer name "$1b" && ip link set "$1b" netns "$4" &&
       ip addr add "$2/30" dev "$1a" && ip link set "$1a" up && nsenter -t "$4" -n ip addr add "$3/30" dev "$1b" &&
       nsenter -t "$4" -n ip link set lo up && nsenter -t "$4" -n ip link set "$1b" up`,
      name,
      address(1),
      address(2),
      String(holder.pid),
    );
    if (made) return network;
    await network.remove();
    return null;
  }

  async set(state: "up" | "down"): Promise<void> {
    if (!await shell(`ip link set "$1a" "$2"`, this.name, state)) throw new Error(`the link is not ${state}`);
  }

  async remove(): Promise<void> {
    await shell(`ip link del "$1a"`, this.name);
    this.#holder.kill("SIGKILL");
    await this.#holder.status;
  }
}

async function firstChildOf(pid: number): Promise<number> {
  const script = `
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      child=; read -r child rest <"/proc/$1/task/$1/children"
      [ -n "$child" ] && [ "$(tr '\\0' ' ' <"/proc/$child/cmdline" | cut -c 1-5)" = "sh -c" ] && exec echo "$child"
      sleep 0.1
    done`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, "child", String(pid)] }).output();
  const found = Number(new TextDecoder().decode(stdout));
  if (found === 0) throw new Error("the first process of a host did not start");
  return found;
}

async function shell(script: string, ...args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command("sh", {
    args: ["-c", script, "host", ...args],
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).success;
}
