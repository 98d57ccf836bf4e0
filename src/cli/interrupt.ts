import type { Session } from "./session.ts";
import type { Signal } from "./world.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, or null. */
  code(): number | null;
}

/** Signals that end a command which goes on by itself, and the exit codes that stand for them. */
export const endSignals: readonly (readonly [Signal, number])[] = [["SIGINT", 130], ["SIGTERM", 143]];

/** Has signals end what goes on, in place of the program. */
export function onInterrupt(session: Session, signals = endSignals): Interrupt {
  const abort = new AbortController();
  let code: number | null = null;
  for (const [signal, ofSignal] of signals) {
    session.world.onSignal(signal, () => {
      code ??= ofSignal;
      abort.abort();
    });
  }
  return { signal: abort.signal, code: () => code };
}
