import type { QueueDefaults } from "../../core/queue.ts";
import { textOrNull } from "../rows.ts";
import type { Connection } from "./connection.ts";

/** What jobs of these queues get that they do not say themselves. The body of one read. */
export function readDefaults(
  connection: Connection,
  names: readonly string[],
): ReadonlyMap<string, QueueDefaults> {
  const found = new Map<string, QueueDefaults>();
  for (const name of names) {
    const row = connection.sql("SELECT defaults FROM queues WHERE name = ?").get(name);
    const defaults = row === undefined ? null : textOrNull(row, "defaults");
    if (defaults !== null) found.set(name, JSON.parse(defaults));
  }
  return found;
}
