import { type JobFilter, unfinishedStates } from "../job_filter.ts";
import type { SqlValue } from "./driver.ts";

/** A condition of SQL, with the values of its parameters. */
export interface Condition {
  /** The table, with the index that must be used. */
  readonly from: string;
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What is true of the rows of `jobs` that a filter means. */
export function conditionOf(filter: JobFilter): Condition {
  const { state, isUnfinished, queue, since, label, meta, commandContains } = filter;
  const { text, contains, finishedUntil, finishedSince, exitCode, spentAt } = filter;
  const parts: [sql: string, ...values: SqlValue[]][] = [];
  if (state === "failed") parts.push(["state = 'pending' AND attempts > 0"]);
  // As a literal: a bound parameter does not match a partial index.
  else if (state !== undefined) parts.push([`state = '${state}'`]);
  if (isUnfinished) parts.push([`state IN (${unfinishedStates.map((each) => `'${each}'`).join(", ")})`]);
  if (queue !== undefined) parts.push(["queue = ?", queue]);
  if (since !== undefined) parts.push(["created_at >= ?", since]);
  if (label !== undefined) parts.push(["label = ?", label]);
  // SQLite's own lower() knows ASCII letters only.
  if (commandContains !== undefined) parts.push(["instr(lower(command), lower(?)) > 0", commandContains]);
  if (text !== undefined) parts.push(anyHas(["id", "label", "command", "last_error"], text));
  if (contains !== undefined) parts.push(anyHas(["command", "last_error"], contains));
  if (finishedUntil !== undefined) parts.push(["finished_at <= ?", finishedUntil]);
  if (finishedSince !== undefined) parts.push(["finished_at >= ?", finishedSince]);
  if (exitCode !== undefined) parts.push(["exit_code = ?", exitCode]);
  if (spentAt !== undefined) parts.push([spent, spentAt]);
  for (const [name, value] of Object.entries(meta ?? {})) {
    // Not by a path, in which a name could mean something else.
    parts.push([
      "EXISTS (SELECT 1 FROM json_each(meta) AS pair WHERE pair.key = ? AND pair.value = ?)",
      name,
      value,
    ]);
  }
  return {
    // By itself SQLite walks over all that are pending.
    from: state === "failed" ? "jobs INDEXED BY jobs_retrying" : "jobs",
    sql: parts.map(([sql]) => ` AND ${sql}`).join(""),
    values: parts.flatMap(([, ...values]) => values),
  };
}

/** That a text is in one of the columns. */
function anyHas(columns: readonly string[], text: string): [sql: string, ...values: SqlValue[]] {
  const places = columns.map((column) => `instr(lower(${column}), lower(?)) > 0`);
  return [`(${places.join(" OR ")})`, ...columns.map(() => text)];
}

/** Whose end is passed on, who is waited for by nobody, and whose unique key is free. */
const spent = `state IN ('completed', 'dead', 'cancelled')
  AND NOT EXISTS (SELECT 1 FROM endings WHERE endings.job_seq = jobs.seq AND kind <> 'died')
  AND NOT EXISTS (SELECT 1 FROM dependencies WHERE parent_seq = jobs.seq AND dependencies.state = 'open')
  AND (unique_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM unique_keys WHERE unique_keys.job_seq = jobs.seq AND unique_keys.expires_at > ?))`;
