/** The queues of a storm that have limits: what jobs go there, and who changes the limits all the while. */

import type { TestQueue } from "../support/program.ts";
import type { Deed } from "./ledger.ts";
import type { LimitHistory, LimitRules, Setting } from "./limit_judge.ts";
import type { Random, Trial } from "./scenario.ts";

const limited = "limited";
const rated = "rated";
const mostLimit = 4;
const keyCount = 8;

/** What the workers of a storm are told. */
export const limitSettings = { QUEUECTL_QUEUES: "rated,lim*,*", QUEUECTL_RESOURCES: "gpu=2" };
export const storedRules = {
  keyed: limited,
  keyLimit: 1,
  rated,
  rate: { count: 6, perMs: 1000 },
  resource: { name: "gpu", amount: 2 },
} as const;

/** In which line a job stands, and what it takes: most are like those of a queue without limits. */
export function placed(deed: Deed, random: Random): Deed {
  const dice = random.fraction();
  if (dice < 0.25) {
    const key = random.fraction() < 0.7 ? { key: `k${random.between(1, keyCount)}` } : {};
    return { ...deed, place: { queue: limited, ...key } };
  }
  if (dice < 0.35) return { ...deed, place: { queue: rated } };
  if (dice < 0.5) return { ...deed, place: { queue: "default", resources: { gpu: random.between(1, 2) } } };
  if (dice < 0.55) return { ...deed, place: { queue: "default", slots: 2 } };
  return deed;
}

/** Sets limits, and writes down between which moments each came into force. */
export class LimitChanger {
  readonly #queue: TestQueue;
  readonly #trial: Trial;
  readonly #limits: Setting<number>[] = [];
  readonly #pauses: Setting<boolean>[] = [];

  constructor(queue: TestQueue, trial: Trial) {
    this.#queue = queue;
    this.#trial = trial;
  }

  get rules(): LimitRules {
    const history: LimitHistory = { limits: this.#limits, pauses: this.#pauses };
    return { ...storedRules, ...history };
  }

  /** Before the first job. */
  async begin(): Promise<void> {
    const { count } = storedRules.rate;
    await this.#set(this.#limits, 2, "set", limited, "--limit=2", `--key-limit=${storedRules.keyLimit}`);
    await this.#set(this.#pauses, false, "set", rated, `--rate=${count}/s`);
  }

  async changeSomething(): Promise<void> {
    const { random } = this.#trial;
    if (random.fraction() < 0.7) {
      const limit = random.between(1, mostLimit);
      await this.#set(this.#limits, limit, "set", limited, `--limit=${limit}`);
      this.#trial.broke("limit of a queue changed");
    } else {
      const isPaused = this.#pauses.at(-1)?.value !== true;
      await this.#set(this.#pauses, isPaused, isPaused ? "pause" : "resume", rated);
      this.#trial.broke(`queue ${isPaused ? "paused" : "resumed"}`);
    }
  }

  /** Lets all go on that waits. */
  async end(): Promise<void> {
    await this.#set(this.#limits, mostLimit, "set", limited, `--limit=${mostLimit}`);
    await this.#set(this.#pauses, false, "resume", rated);
  }

  async #set<T>(history: Setting<T>[], value: T, ...args: readonly string[]): Promise<void> {
    for (;;) {
      const from = Date.now();
      const { code, stderr } = await this.#queue.call(["queue", ...args]);
      history.push({ value, from, to: code === 0 ? Date.now() : Infinity });
      if (code === 0) return;
      // Whether it was carried out is not known then.
      if (code !== 4) throw new Error(`queue ${args.join(" ")}: exit ${code}\n${stderr}`);
    }
  }
}
