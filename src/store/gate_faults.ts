/** Whether gates and starts are what they should be, in the words of either database. */

import { gates } from "./queue_limits.ts";
import { number, type SqlRow } from "./rows.ts";

/** What is wrong by a rule, and how to count it. */
export interface GateRule {
  readonly what: string;
  /** Selects one `count`. */
  readonly sql: string;
}

/** `table`: how a table is spelled. */
export function gateRules(table: (name: "jobs" | "queues" | "starts") => string): readonly GateRule[] {
  const [jobs, queues, starts] = [table("jobs"), table("queues"), table("starts")];
  const isReady = `jobs.state = 'pending' AND gate = ${gates.ready}`;
  const isHeld = `jobs.state = 'pending' AND gate = ${gates.held}`;
  // Where a limit has just been changed, the gates follow in batches.
  const keys = `SELECT count(*) AS count FROM (
      SELECT max(key_limit) AS most,
             sum(CASE WHEN jobs.state = 'processing' THEN 1 ELSE 0 END) AS live,
             sum(CASE WHEN ${isReady} THEN 1 ELSE 0 END) AS ready,
             sum(CASE WHEN ${isHeld} THEN 1 ELSE 0 END) AS held,
             max(CASE WHEN ${isReady} THEN seq END) AS last_ready,
             min(CASE WHEN ${isHeld} THEN seq END) AS first_held
      FROM ${jobs} AS jobs JOIN ${queues} AS queues ON name = queue
      WHERE key_limit IS NOT NULL AND regated_through IS NULL AND limit_key IS NOT NULL
        AND jobs.state IN ('pending', 'processing')
      GROUP BY queue, limit_key
    ) AS keys`;
  return [
    // What runs is not ended when its limit is lowered.
    {
      what: "keys with more ready jobs than may start",
      sql: `${keys} WHERE ready > 0 AND ready + live > most`,
    },
    {
      what: "keys with held jobs though more may start",
      sql: `${keys} WHERE held > 0 AND ready + live < most`,
    },
    {
      what: "keys with a ready job that arrived after a held one",
      sql: `${keys} WHERE last_ready > first_held`,
    },
    {
      what: "held jobs that no limit holds",
      sql: `SELECT count(*) AS count FROM ${jobs} AS jobs LEFT JOIN ${queues} AS queues ON name = queue
            WHERE ${isHeld} AND (limit_key IS NULL OR (key_limit IS NULL AND regated_through IS NULL))`,
    },
    {
      what: "queues with more starts than their rate counts",
      sql: `SELECT count(*) AS count FROM (
              SELECT count(*) AS started, max(rate_count) AS most
              FROM ${starts} LEFT JOIN ${queues} ON name = queue GROUP BY queue
            ) AS rates WHERE most IS NULL OR started > most`,
    },
  ];
}

/** One line for a rule that does not hold. */
export function gateFault({ what }: GateRule, row: SqlRow | undefined): string[] {
  const count = row === undefined ? 0 : number(row, "count");
  return count === 0 ? [] : [`${count} ${what}`];
}
