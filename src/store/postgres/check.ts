/** Compares what the store keeps for speed with the truth. */

import { gateFault, gateRules } from "../gate_faults.ts";
import { number, text } from "../rows.ts";
import { isTarget } from "../move.ts";
import { linkRules } from "../link_rules.ts";
import type { Queries } from "./connection.ts";
import { readMoveState } from "./move.ts";
import { keyFaults } from "./unique_keys.ts";

/** One line for each thing that is wrong. Within a snapshot. */
export async function findFaults(queries: Queries): Promise<string[]> {
  const { move } = await readMoveState(queries);
  // What is being filled is counted when it is complete.
  const counted = move !== null && isTarget(move)
    ? []
    : [...await counterFaults(queries), ...await inputFaults(queries)];
  return [
    ...counted,
    ...await stateFaults(queries),
    ...await keyFaults(queries),
    ...await gateFaults(queries),
  ];
}

async function counterFaults(queries: Queries): Promise<string[]> {
  const rows = await queries.all(
    `SELECT queue, bucket, sum(counted)::bigint AS counted, sum(actual)::bigint AS actual FROM (
       SELECT queue, bucket, count AS counted, 0 AS actual FROM @counters
       UNION ALL
       SELECT queue, state, 0, count(*) FROM @jobs GROUP BY queue, state
       UNION ALL
       SELECT queue, 'failed', 0, count(*) FROM @jobs WHERE state = 'pending' AND attempts > 0 GROUP BY queue
     ) AS both_counts GROUP BY queue, bucket HAVING sum(counted) <> sum(actual)`,
  );
  return rows.map((row) =>
    `the counter of ${text(row, "bucket")} jobs in queue ${text(row, "queue")} says ` +
    `${number(row, "counted")}, there are ${number(row, "actual")}`
  );
}

async function inputFaults(queries: Queries): Promise<string[]> {
  const row = await queries.first(
    `SELECT count(*) AS count FROM @jobs LEFT JOIN @inputs ON job_seq = seq
     WHERE (stdin_bytes IS NULL) <> (job_seq IS NULL) OR stdin_bytes <> length(content)`,
  );
  const count = number(row!, "count");
  return count === 0 ? [] : [`${count} jobs whose standard input is not the one they were given`];
}

async function stateFaults(queries: Queries): Promise<string[]> {
  const running = "SELECT FROM @runs WHERE job_seq = jobs.seq AND outcome IS NULL";
  const rules = [
    ["processing jobs without a holder", "state = 'processing' AND worker_id IS NULL"],
    ["waiting or final jobs with a holder", "state <> 'processing' AND worker_id IS NOT NULL"],
    ["final jobs without an end", "state IN ('completed', 'dead', 'cancelled') AND finished_at IS NULL"],
    [
      "processing jobs without a running run",
      `state = 'processing' AND NOT EXISTS (${running} AND number = jobs.run_count)`,
    ],
    ["jobs that are not processing with a running run", `state <> 'processing' AND EXISTS (${running})`],
    ...linkRules({ jobs: "@jobs", dependencies: "@dependencies", endings: "@endings" }),
  ] as const;
  const faults: string[] = [];
  for (const [what, condition] of rules) {
    const row = await queries.first(`SELECT count(*) AS count FROM @jobs AS jobs WHERE ${condition}`);
    if (number(row!, "count") > 0) faults.push(`${number(row!, "count")} ${what}`);
  }
  return faults;
}

async function gateFaults(queries: Queries): Promise<string[]> {
  const faults: string[] = [];
  for (const rule of gateRules((table) => `@${table}`)) {
    faults.push(...gateFault(rule, await queries.first(rule.sql)));
  }
  return faults;
}
