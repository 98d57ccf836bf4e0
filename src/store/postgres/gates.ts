/** In SQL, the gate of a job that waits for no others (any more) and is pending from `now` on. */
export const gateOf = (runAt: string, now: string) => `CASE WHEN ${runAt} <= ${now} THEN 0 ELSE 1 END`;
