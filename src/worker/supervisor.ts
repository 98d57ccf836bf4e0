/** A supervisor: starts workers, replaces those that die, passes orders to stop on, and ends with the last of them. */

import type { LaunchedSelf, Log, Machine } from "../core/ports.ts";
import { formatHost } from "../core/host.ts";
import { messageOf } from "../core/errors.ts";
import { isStricter, type StopMode, type Store } from "../store/store.ts";
import { sweepInputs } from "../operations/keep_inputs.ts";
import { tryRefreshPids } from "../operations/refresh_pids.ts";
import { sleep } from "./context.ts";
import { persist } from "./persist.ts";
import { Trouble } from "./trouble.ts";

export interface SupervisorOptions {
  readonly store: Store;
  readonly machine: Machine;
  readonly log: Log;
  readonly id: string;
  readonly count: number;
  /** The arguments that make this program a worker of this supervisor. */
  readonly workerArgs: readonly string[];
  /** What is added to a worker's environment. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

/** The first and the longest delay before a worker is replaced, and the life that resets it; milliseconds. */
const restartDelay = { firstMs: 100, longestMs: 2_000, resetAfterMs: 60_000 };

export class Supervisor {
  readonly #options: SupervisorOptions;
  /** Ordered by a signal, perhaps before its own row was there to carry the mark. */
  #ordered: StopMode | null = null;
  readonly #trouble: Trouble;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#trouble = new Trouble(options.log);
  }

  /** Orders its own workers to stop. Never lowers an earlier order. */
  async stop(mode: StopMode): Promise<void> {
    const { store, machine, id } = this.#options;
    if (isStricter(mode, this.#ordered)) this.#ordered = mode;
    const request = { mode, supervisorId: id };
    await persist(this.#trouble, "ordering workers to stop", () => store.requestStop(request));
    machine.wake.wakeAll();
  }

  /** Runs until every worker has ended for good. */
  async run(): Promise<void> {
    await this.#register();
    const { store, machine, log, id, count } = this.#options;
    try {
      await Promise.all(Array.from({ length: count }, () => this.#keepOne()));
    } finally {
      if (machine.isStoreInPlace()) {
        await persist(this.#trouble, "leaving", () => store.removeSupervisor(id));
        await tryRefreshPids(store, machine, log);
      }
    }
  }

  async #register(): Promise<void> {
    const { machine, store, id } = this.#options;
    const host = formatHost(await machine.host());
    const own = await machine.processes.identify(machine.pid);
    const supervisor = { id, pid: machine.pid, startIdentity: own?.start ?? "", host };
    await persist(this.#trouble, "registering", () => store.registerSupervisor(supervisor));
    if (this.#ordered !== null) await this.stop(this.#ordered);
    await this.#sweep();
  }

  /** Removes what calls that were killed have left; who cannot does without. */
  async #sweep(): Promise<void> {
    const { machine, store, log } = this.#options;
    try {
      const removed = await sweepInputs(store, machine);
      if (removed > 0) log(`removed ${removed} file(s) of standard input that belong to no job`);
    } catch (error) {
      log(`files of standard input that belong to no job were not looked for: ${messageOf(error)}`);
    }
  }

  /** Keeps one worker alive until it ends by itself or is told to stop. */
  async #keepOne(): Promise<void> {
    const { machine, log } = this.#options;
    for (let delayMs = restartDelay.firstMs;; delayMs = Math.min(2 * delayMs, restartDelay.longestMs)) {
      if (await this.#isStopping()) return;
      const startedAt = machine.clock.monotonic();
      const code = await this.#runOne();
      if (code === 0 || !machine.isStoreInPlace() || await this.#isStopping()) return;
      if (machine.clock.monotonic() - startedAt > restartDelay.resetAfterMs) delayMs = restartDelay.firstMs;
      log(`a worker ended with exit code ${code}; starting another in ${delayMs} ms`);
      await sleep(delayMs);
    }
  }

  /** Starts one worker and waits for its end; returns its exit code, 1 where it could not be started. */
  async #runOne(): Promise<number> {
    const { machine, store, log, id } = this.#options;
    let worker: LaunchedSelf;
    try {
      worker = machine.self.launch(this.#options.workerArgs, this.#options.workerEnvironment);
    } catch (error) {
      const trouble = `a worker cannot be started: ${messageOf(error)}`;
      log(trouble);
      await persist(this.#trouble, "reporting", () => store.reportTrouble(id, trouble));
      return 1;
    }
    const { code } = await worker.ended;
    if (machine.isStoreInPlace()) await this.#afterEnd(worker.pid, code);
    return code;
  }

  async #afterEnd(pid: number, code: number): Promise<void> {
    const { machine, store, log, id } = this.#options;
    if (code !== 0) {
      const trouble = `a worker (pid ${pid}) ended with exit code ${code}`;
      await persist(this.#trouble, "reporting", () => store.reportTrouble(id, trouble));
    }
    await tryRefreshPids(store, machine, log);
    // Others may adopt at once what it held.
    machine.wake.wakeAll();
  }

  async #isStopping(): Promise<boolean> {
    if (this.#ordered !== null) return true;
    const { store, id } = this.#options;
    const supervisors = await persist(this.#trouble, "looking for orders", () => store.supervisors());
    return supervisors.find((supervisor) => supervisor.id === id)?.stop != null;
  }
}
