import { type JobFilter, unfinishedStates } from "../job_filter.ts";
import type { PgValue } from "./client.ts";

/** A condition of SQL, with the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly PgValue[];
}

/** That a text is in one of the columns; it is the parameter of that mark. */
function anyHas(columns: readonly string[], mark: string): string {
  const sought = `lower(${mark}::text COLLATE "C")`;
  return `(${columns.map((column) => `strpos(lower(${column} COLLATE "C"), ${sought}) > 0`).join(" OR ")})`;
}

/** What is true of the rows of `jobs` that a filter means. The first of its parameters has the number `next`. */
export function conditionOf(filter: JobFilter, next: number): Condition {
  const { state, isUnfinished, queue, since, label, meta, commandContains } = filter;
  const { text, contains, finishedUntil, finishedSince, exitCode, spentAt } = filter;
  const values: PgValue[] = [];
  const given = (value: PgValue): string => `$${next - 1 + values.push(value)}`;
  const parts: string[] = [];
  if (state === "failed") parts.push("state = 'pending' AND attempts > 0");
  else if (state !== undefined) parts.push(`state = '${state}'`);
  if (isUnfinished) parts.push(`state IN (${unfinishedStates.map((each) => `'${each}'`).join(", ")})`);
  if (queue !== undefined) parts.push(`queue = ${given(queue)}`);
  if (since !== undefined) parts.push(`created_at >= ${given(since)}`);
  if (label !== undefined) parts.push(`label = ${given(label)}`);
  if (commandContains !== undefined) {
    // By that collation only ASCII letters have another case, whatever the database's own is.
    const sought = `${given(commandContains)}::text`;
    parts.push(`strpos(lower(command COLLATE "C"), lower(${sought} COLLATE "C")) > 0`);
  }
  if (text !== undefined) parts.push(anyHas(["id", "label", "command", "last_error"], given(text)));
  if (contains !== undefined) parts.push(anyHas(["command", "last_error"], given(contains)));
  if (finishedUntil !== undefined) parts.push(`finished_at <= ${given(finishedUntil)}`);
  if (finishedSince !== undefined) parts.push(`finished_at >= ${given(finishedSince)}`);
  if (exitCode !== undefined) parts.push(`exit_code = ${given(exitCode)}`);
  if (spentAt !== undefined) parts.push(`${spent} AND keys.expires_at > ${given(spentAt)}))`);
  if (meta !== undefined) parts.push(`meta::jsonb @> ${given(JSON.stringify(meta))}::text::jsonb`);
  return { sql: parts.map((part) => ` AND ${part}`).join(""), values };
}

/** Whose end is passed on, who is waited for by nobody, and whose unique key is free. */
const spent = `state IN ('completed', 'dead', 'cancelled')
  AND NOT EXISTS (SELECT FROM @endings AS endings WHERE endings.job_seq = seq AND kind <> 'died')
  AND NOT EXISTS (SELECT FROM @dependencies AS edges WHERE parent_seq = seq AND edges.state = 'open')
  AND (unique_key IS NULL OR NOT EXISTS (
    SELECT FROM @unique_keys AS keys WHERE keys.job_seq = seq`;
