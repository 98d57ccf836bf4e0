/** Timers as runs need them. */

/** The longest delay that setTimeout keeps (2^31 − 1 ms); longer ones would fire at once. */
const longestTimerMs = 2_147_483_647;

/** A timer of any length; returns what cancels it. */
export function startTimer(ms: number, fire: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    const slice = Math.min(left, longestTimerMs);
    timer = setTimeout(() => left > slice ? arm(left - slice) : fire(), slice);
  };
  arm(ms);
  return () => clearTimeout(timer);
}
