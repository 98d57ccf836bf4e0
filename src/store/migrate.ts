/**
 * Numbered migrations, forward only. Each store applies those that it lacks, in order, under a lock, each in the
 * same transaction as its entry in the table of versions. A store whose version is higher than ours is refused, and
 * none is migrated while workers of an older program live in it.
 */

import { StoreUnavailable } from "../core/errors.ts";

export interface Migration {
  /** 1, 2, 3 …: the schema version that it leads to. */
  readonly version: number;
  readonly sql: string;
}

/** The migrations that lead from `current` to the newest. Throws where the store is newer than `known`. */
export function pendingMigrations(
  current: number,
  known: readonly Migration[],
  location: string,
): readonly Migration[] {
  const newest = known.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new StoreUnavailable(
      "newer",
      `Cannot open ${location}: it has schema version ${current}, this program knows ${newest}`,
      { hint: "Use the newer queuectl that wrote it (queuectl version), or another home (--home)" },
    );
  }
  return known.filter((migration) => migration.version > current);
}

/** Refuses to migrate under workers that would meet a schema they do not know, and under runs that only they know. */
export function refuseWhileInUse(
  use: { readonly workerIds: readonly string[]; readonly runs: number },
  location: string,
): void {
  const { workerIds, runs } = use;
  if (workerIds.length === 0 && runs === 0) return;
  const workers = workerIds.length === 0 ? "" : ` (${workerIds.slice(0, 3).join(", ")})`;
  throw new StoreUnavailable(
    "older_in_use",
    `Cannot migrate ${location}: an older queuectl uses it with ${workerIds.length} worker(s)${workers} and ${runs} run(s)`,
    { hint: "Let them finish and stop with the older program: queuectl worker stop --wait" },
  );
}
