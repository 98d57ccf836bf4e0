import type { Session } from "./session.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, or null. */
  code(): number | null;
}

/** Ctrl-C ends what a command waits for, and nothing else. */
export function onInterrupt(session: Session): Interrupt {
  const abort = new AbortController();
  let code: number | null = null;
  for (const [signal, ofSignal] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    session.world.onSignal(signal, () => {
      code ??= ofSignal;
      abort.abort();
    });
  }
  return { signal: abort.signal, code: () => code };
}
