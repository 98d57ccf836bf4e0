/** Limits that a job's own values share with the settings of the same names. Times in milliseconds. */

const day = 86_400_000;

export const maxRetriesRange = { from: 0, to: 1000 } as const;
/** The longest timeout, snooze, and wait between two attempts. */
export const longestMs = 3650 * day;
export const timeoutRange = { fromMs: 1, toMs: longestMs } as const;
export const killAfterRange = { fromMs: 0, toMs: day } as const;
export const largestBackoffBase = 1000;

/** The most jobs that one worker runs at once, and so the most slots that a job may take. */
export const mostSlots = 256;
/** The longest that a webhook may wait for its answer, in milliseconds. */
export const longestAnswerMs = 300_000;
