/** Signals that people may send to a job's processes. */
export const jobSignals = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGKILL",
  "SIGUSR1",
  "SIGUSR2",
  "SIGSTOP",
  "SIGCONT",
] as const;
export type JobSignal = (typeof jobSignals)[number];

/** With or without SIG, in any case; undefined where it is none of them. */
export function parseSignal(text: string): JobSignal | undefined {
  const name = text.toUpperCase();
  return jobSignals.find((signal) => signal === name || signal === `SIG${name}`);
}

/** Signals as the store keeps them: one line of text, or null for none. */
export function splitSignals(text: string | null): readonly JobSignal[] {
  return text === null ? [] : text.split(",") as JobSignal[];
}

/** With one more that is to be sent. One that is still to be sent comes once, as a process would see it. */
export function addSignal(text: string | null, signal: JobSignal): string {
  return [...new Set([...splitSignals(text), signal])].join();
}
