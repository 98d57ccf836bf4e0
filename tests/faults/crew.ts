/** The workers of a scenario: how many there are, how they are brought back, and how they are broken. */

import type { TestQueue } from "../support/program.ts";
import type { ProcessRow, StoreView } from "./store_view.ts";

/** Settings under which leases, heartbeats and retries are quick. */
export const quickLeases = {
  QUEUECTL_LEASE: "2s",
  QUEUECTL_HEARTBEAT: "400ms",
  QUEUECTL_POLL_INTERVAL: "200ms",
  QUEUECTL_BACKOFF_BASE: "0.2",
};
export const quickLeaseMs = 2000;

export class Crew {
  readonly #queue: TestQueue;
  readonly #view: StoreView;
  readonly #size: number;
  readonly #enter: () => readonly string[];
  readonly #slots: number;
  /** How many workers each supervisor keeps. */
  readonly #kept = new Map<string, number>();
  #refusals = 0;

  /** `enter` is what comes before a command that is to run where the workers are. */
  constructor(
    queue: TestQueue,
    view: StoreView,
    size: number,
    { enter = () => [], slots = 1 }: { readonly enter?: () => readonly string[]; readonly slots?: number } =
      {},
  ) {
    this.#enter = enter;
    this.#slots = slots;
    this.#queue = queue;
    this.#view = view;
    this.#size = size;
  }

  /** How often `worker start` failed because what it started was killed meanwhile. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Starts as many workers as are missing; those that a living supervisor will replace are not. */
  async refill(): Promise<void> {
    const missing = this.#size - await this.#expected();
    if (missing <= 0) return;
    const before = new Set((await this.#view.supervisors()).map((each) => each.id));
    const { code, stderr } = await this.#queue.call([
      "worker",
      "start",
      `--count=${missing}`,
      `--concurrency=${this.#slots}`,
    ]);
    if (code === 1 && stderr.includes("Cannot start")) this.#refusals++;
    else if (code !== 0) throw new Error(`worker start: exit ${code}\n${stderr}`);
    for (const { id } of await this.#view.supervisors()) if (!before.has(id)) this.#kept.set(id, missing);
  }

  async #expected(): Promise<number> {
    const supervisors = (await this.#view.supervisors()).filter((each) => !each.isStopping);
    const kept = supervisors.reduce((sum, each) => sum + (this.#kept.get(each.id) ?? 0), 0);
    const alone = (await this.#view.workers()).filter((worker) =>
      !worker.isStopping && !supervisors.some((each) => each.id === worker.supervisorId)
    );
    return kept + alone.length;
  }

  workers(): Promise<ProcessRow[]> {
    return this.#view.workers();
  }

  supervisors(): Promise<ProcessRow[]> {
    return this.#view.supervisors();
  }

  /** Signals a process if it is still one of this home; false where it is gone. */
  async signal(pid: number, signal: "KILL" | "STOP" | "CONT"): Promise<boolean> {
    const script = `grep -qsF -- "--home=$2" "/proc/$1/cmdline" && kill -"$3" "$1"`;
    const [program, ...args] = [
      ...this.#enter(),
      "sh",
      "-c",
      script,
      "signal",
      String(pid),
      this.#queue.home,
      signal,
    ];
    const command = new Deno.Command(program!, {
      args,
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  }
}
