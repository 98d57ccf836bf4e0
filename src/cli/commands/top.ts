import { QueueError } from "../../core/errors.ts";
import { Bell } from "../../operations/bell.ts";
import { cancelJobs, retryJobs } from "../../operations/change_jobs.ts";
import { changeQueues } from "../../operations/change_queue.ts";
import { Outage } from "../../operations/outage.ts";
import { Watch } from "../../operations/read_output.ts";
import { readTop, type TopFacts } from "../../operations/read_top.ts";
import type { Store } from "../../store/store.ts";
import type { Command } from "../command.ts";
import { endSignals, onInterrupt } from "../interrupt.ts";
import { Keys } from "../keys.ts";
import { Screen } from "../screen.ts";
import type { Session } from "../session.ts";
import { outputLines } from "../top_output.ts";
import { type Effect, firstState, press, type TopState } from "../top_state.ts";
import { helpLines, topLines } from "../top_view.ts";
import { storeOf } from "../watch.ts";
import { noOperands } from "../words.ts";

export const top: Command<void> = {
  name: "top",
  summary: "a live view of queues, workers and jobs, with keys to act on them",
  usage: [""],
  details: [
    "Shows what runs with its progress, what waits for its retry, and what was given up; looks every second. A store " +
    "in PostgreSQL also wakes it.",
    `Keys: ${helpLines.map((line) => line.replace(/ {2,}/, " ")).join("; ")}.`,
  ],
  flags: [],
  examples: [{ line: "queuectl top", does: "until q" }],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse: (words) => noOperands(words, "top"),
  run(_, session) {
    if (session.world.stdout.isTerminal && session.world.isTerminal) return new Top(session).run();
    throw new QueueError(
      "usage",
      "Cannot run queuectl top: there is no terminal to draw on and to read keys from",
      {
        hint:
          "On a terminal without keys: queuectl status --watch; in a pipe: queuectl status --watch --json",
      },
    );
  },
};

/** How often the store is looked at, in milliseconds; at most a quarter of the time goes into that. */
const lookEveryMs = 1000;
const lookShare = 4;

class Top {
  readonly #session: Session;
  readonly #bell = new Bell();
  readonly #screen: Screen;
  readonly #effects: Effect[] = [];
  #state: TopState = firstState;
  #facts: TopFacts | null = null;
  #output: readonly string[] = [];
  #trouble: string | null = null;
  #writer: Store | null = null;
  #watch: Watch | null = null;
  #nextAt = 0;
  #code: number | null = null;

  constructor(session: Session) {
    this.#session = session;
    this.#screen = new Screen(session.world.stdout);
  }

  async run(): Promise<number> {
    const { world } = this.#session;
    const interrupt = onInterrupt(this.#session, [...endSignals, ["SIGHUP", 129]]);
    interrupt.signal.addEventListener("abort", () => this.#bell.ring());
    world.onSignal("SIGWINCH", () => this.#bell.ring());
    const keys = new Keys();
    const restore = world.readKeys(
      (text) => keys.read(text).forEach((key) => this.#press(key)),
      () => this.#quit(129),
    );
    const outage = new Outage((text) => this.#trouble = text);
    try {
      while (true) {
        await outage.ride(() => this.#turn());
        const code = interrupt.code() ?? this.#code;
        if (code !== null) return code;
        this.#draw();
        await this.#bell.wait(this.#nextAt - performance.now());
      }
    } finally {
      this.#screen.close();
      restore?.();
      await this.#writer?.close();
    }
  }

  #press(key: string): void {
    const { state, effect } = press(this.#state, key, this.#facts);
    this.#state = state;
    if (effect?.do === "quit") return this.#quit(effect.code);
    if (effect !== undefined) this.#effects.push(effect);
    this.#bell.ring();
  }

  #quit(code: number): void {
    this.#code ??= code;
    this.#bell.ring();
  }

  /** Does what was asked for, and looks where it is time to, or something was done. */
  async #turn(): Promise<void> {
    const startedAt = performance.now();
    const asked = this.#effects.splice(0);
    for (const effect of asked) await this.#carryOut(effect);
    if (asked.length === 0 && startedAt < this.#nextAt) return;
    const store = await this.#read();
    if (store !== null) {
      this.#facts = await readTop(store);
      if (this.#state.mode.kind === "output") this.#output = await this.#outputOf(store, this.#state.mode.id);
      else this.#output = [];
    }
    this.#trouble = null;
    this.#nextAt = startedAt + Math.max(lookEveryMs, lookShare * (performance.now() - startedAt));
  }

  async #outputOf(store: Store, id: string): Promise<readonly string[]> {
    const isShared = store.info.isShared;
    this.#watch ??= isShared ? new Watch(await this.#write()) : new Watch(store);
    try {
      return await outputLines(store, { machine: this.#session.home.machine(), id, watch: this.#watch });
    } catch (error) {
      return [sayingOf(error)];
    }
  }

  /** The store to look at; it is not written to, so that looking changes nothing. Wakes this where it can. */
  async #read(): Promise<Store | null> {
    const isFirst = this.#facts === null;
    const store = await storeOf(this.#session);
    if (store !== null && isFirst && store.info.isShared) {
      await store.onWake(() => this.#wakeUp()).catch(() => {});
    }
    return store;
  }

  #wakeUp(): void {
    // Not at once: many may come together.
    this.#nextAt = Math.min(this.#nextAt, performance.now() + lookEveryMs / lookShare);
    this.#bell.ring();
  }

  async #write(): Promise<Store> {
    return this.#writer ??= await this.#session.home.openStore(this.#session.settings);
  }

  /** Says what came of it; a refusal is no reason to end. */
  async #carryOut(effect: Effect): Promise<void> {
    const machine = this.#session.home.machine();
    try {
      if (effect.do === "cancel") {
        const [was] = await cancelJobs(await this.#write(), machine, [effect.id]);
        this.#say(
          was === "processing" ? `${effect.id} is being ended.` : `${effect.id} was ${was}: cancelled.`,
        );
      } else if (effect.do === "retry") {
        await retryJobs(await this.#write(), machine, { ids: [effect.id], from: "any", cascade: false });
        this.#say(`${effect.id} is due now.`);
      } else if (effect.do === "pause" || effect.do === "resume") {
        const change = { state: effect.do === "pause" ? "paused" as const : "open" as const };
        await changeQueues(await this.#write(), machine, { names: [effect.queue], change });
        this.#say(`Queue ${effect.queue} is ${change.state}.`);
      }
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.#say(sayingOf(error));
    }
  }

  #say(message: string): void {
    this.#state = { ...this.#state, message };
  }

  #draw(): void {
    this.#screen.draw(topLines({
      output: this.#session.world.stdout,
      location: this.#session.home.locationOf(this.#session.settings),
      state: this.#state,
      facts: this.#facts,
      outputLines: this.#output,
      trouble: this.#trouble,
    }));
  }
}

function sayingOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
