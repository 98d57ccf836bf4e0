/** Compares what the store keeps for speed with the truth, and asks SQLite about the file. */

import { isTarget } from "../move.ts";
import { linkRules } from "../link_rules.ts";
import type { Connection } from "./connection.ts";
import { readMoveState } from "./move.ts";
import { gateFault, gateRules } from "../gate_faults.ts";
import { number, text } from "../rows.ts";
import { keyFaults } from "./unique_keys.ts";

/** One line for each thing that is wrong. Within a read. */
export function findFaults(connection: Connection): string[] {
  const { move } = readMoveState(connection);
  // What is being filled is counted when it is complete.
  const counted = move !== null && isTarget(move)
    ? []
    : [...counterFaults(connection), ...inputFaults(connection)];
  return [
    ...integrityFaults(connection),
    ...counted,
    ...stateFaults(connection),
    ...keyFaults(connection),
    ...gateRules((table) => table).flatMap((rule) => gateFault(rule, connection.sql(rule.sql).get())),
  ];
}

function integrityFaults(connection: Connection): string[] {
  const lines = connection.sql("PRAGMA integrity_check(10)").all().map((row) => String(row.integrity_check));
  const broken = connection.sql("PRAGMA foreign_key_check").all();
  return [
    ...lines.filter((line) => line !== "ok").map((line) => `the file is damaged: ${line}`),
    ...(broken.length > 0 ? [`${broken.length} row(s) refer to something that is gone`] : []),
  ];
}

function counterFaults(connection: Connection): string[] {
  const rows = connection.sql(
    `WITH truth (queue, bucket, count) AS (
       SELECT queue, state, count(*) FROM jobs GROUP BY queue, state
       UNION ALL
       SELECT queue, 'failed', count(*) FROM jobs WHERE state = 'pending' AND attempts > 0 GROUP BY queue
     )
     SELECT queue, bucket, sum(counted) AS counted, sum(actual) AS actual FROM (
       SELECT queue, bucket, count AS counted, 0 AS actual FROM counters
       UNION ALL
       SELECT queue, bucket, 0, count FROM truth
     ) GROUP BY queue, bucket HAVING sum(counted) <> sum(actual)`,
  ).all();
  return rows.map((row) =>
    `the counter of ${text(row, "bucket")} jobs in queue ${text(row, "queue")} says ` +
    `${number(row, "counted")}, there are ${number(row, "actual")}`
  );
}

function inputFaults(connection: Connection): string[] {
  const count = number(
    connection.sql(
      `SELECT count(*) AS count FROM jobs LEFT JOIN inputs ON job_seq = seq
       WHERE (stdin_bytes IS NULL) <> (job_seq IS NULL) OR stdin_bytes <> length(content)`,
    ).get()!,
    "count",
  );
  return count === 0 ? [] : [`${count} jobs whose standard input is not the one they were given`];
}

function stateFaults(connection: Connection): string[] {
  const rules = [
    ["processing jobs without a holder", "state = 'processing' AND worker_id IS NULL"],
    ["waiting or final jobs with a holder", "state <> 'processing' AND worker_id IS NOT NULL"],
    ["final jobs without an end", "state IN ('completed', 'dead', 'cancelled') AND finished_at IS NULL"],
    [
      "processing jobs without a running run",
      `state = 'processing' AND NOT EXISTS (
         SELECT 1 FROM runs WHERE job_seq = jobs.seq AND number = jobs.run_count AND outcome IS NULL)`,
    ],
    [
      "jobs that are not processing with a running run",
      `state <> 'processing' AND EXISTS (SELECT 1 FROM runs WHERE job_seq = jobs.seq AND outcome IS NULL)`,
    ],
    ...linkRules({ jobs: "jobs", dependencies: "dependencies", endings: "endings" }),
  ] as const;
  return rules.flatMap(([what, condition]) => {
    const count = number(
      connection.sql(`SELECT count(*) AS count FROM jobs WHERE ${condition}`).get()!,
      "count",
    );
    return count === 0 ? [] : [`${count} ${what}`];
  });
}
