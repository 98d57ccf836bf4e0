interface Tables {
  readonly jobs: string;
  readonly dependencies: string;
  readonly endings: string;
}

/** What must not be true of a job because of its dependencies: what is wrong, and a condition that both databases understand. */
export function linkRules({ jobs, dependencies, endings }: Tables): readonly (readonly [string, string])[] {
  const links = (side: "parent" | "child", states: string) =>
    `FROM ${dependencies} AS link WHERE link.${side}_seq = jobs.seq AND link.state IN (${states})`;
  return [
    [
      "jobs whose count of open parents is wrong",
      `seq IN (SELECT waiting.seq FROM ${jobs} AS waiting LEFT JOIN (
         SELECT child_seq, count(*) AS count FROM ${dependencies} WHERE state = 'open' GROUP BY child_seq
       ) AS counted ON child_seq = waiting.seq WHERE waiting.open_parents <> coalesce(counted.count, 0))`,
    ],
    ["blocked jobs that wait for nobody", "state = 'blocked' AND open_parents = 0"],
    [
      "blocked jobs that wait in vain",
      `state = 'blocked' AND EXISTS (SELECT 1 ${links("child", "'broken'")})`,
    ],
    ["waiting or running jobs that were cancelled", "state <> 'cancelled' AND broken_by IS NOT NULL"],
    [
      "jobs whose end is not passed on",
      `state IN ('completed', 'dead', 'cancelled') AND EXISTS (SELECT 1 ${links("parent", "'open'")})
         AND NOT EXISTS (SELECT 1 FROM ${endings} AS ending WHERE ending.job_seq = jobs.seq)`,
    ],
  ];
}
