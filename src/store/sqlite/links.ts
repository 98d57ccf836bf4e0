/** Dependencies between jobs, in SQLite: stored with the jobs, and read. */

import { planDependencies, type PlannedStart, storedParents } from "../../core/dependency_plan.ts";
import type { JobState, NewJob } from "../../core/job.ts";
import { linkOfRow, number, text } from "../rows.ts";
import type { JobLink, LinksRequest } from "../store.ts";
import type { Connection } from "./connection.ts";
import { noteWebhooks } from "./webhook_events.ts";

type Plan = ReadonlyMap<number, PlannedStart>;

/** How the jobs of a batch begin that wait for others; throws where they cannot. Within the write that stores them. */
export function planLinks(connection: Connection, jobs: readonly NewJob[]): Plan {
  const find = connection.sql("SELECT state FROM jobs WHERE id = ?");
  const states = new Map<string, JobState>();
  for (const id of storedParents(jobs)) {
    const row = find.get(id);
    if (row !== undefined) states.set(id, text(row, "state") as JobState);
  }
  return planDependencies(jobs, states);
}

/** Links jobs that are stored as pending, and sets how they begin. */
export function writeLinks(
  connection: Connection,
  { jobs, plan, now }: { readonly jobs: readonly NewJob[]; readonly plan: Plan; readonly now: number },
): void {
  const find = connection.sql("SELECT seq FROM jobs WHERE id = ?");
  const known = new Map<string, number>();
  const seqOf = (id: string): number => {
    let seq = known.get(id);
    if (seq === undefined) known.set(id, seq = number(find.get(id)!, "seq"));
    return seq;
  };
  const insert = connection.sql(
    "INSERT INTO dependencies (parent_seq, child_seq, awaits, state) VALUES (?, ?, ?, ?)",
  );
  const begin = connection.sql(
    "UPDATE jobs SET state = ?, reason = ?, open_parents = ?, broken_by = ?, finished_at = ? WHERE seq = ?",
  );
  for (const [place, { state, reason, openParents, brokenBy, links }] of plan) {
    const seq = seqOf(jobs[place]!.id);
    for (const link of links) insert.run(seqOf(link.parentId), seq, link.awaits, link.state);
    if (state === "pending") continue;
    const finishedAt = state === "cancelled" ? now : null;
    begin.run(state, reason, openParents, brokenBy === null ? null : seqOf(brokenBy), finishedAt, seq);
    if (state === "cancelled") noteWebhooks(connection, [seq]);
  }
}

export function readLinks(connection: Connection, { jobSeqs, to, limit }: LinksRequest): JobLink[] {
  const [from, index] = to === "parents"
    ? ["child_seq", "dependencies INDEXED BY dependencies_of_child"]
    : ["parent_seq", "dependencies"];
  const found: JobLink[] = [];
  for (const seq of jobSeqs) {
    if (found.length === limit) break;
    const rows = connection.sql(
      `SELECT awaits, dependencies.state AS link_state,
              parent.seq AS parent_seq, parent.id AS parent_id, parent.state AS parent_state, parent.attempts AS parent_attempts,
              child.seq AS child_seq, child.id AS child_id, child.state AS child_state, child.attempts AS child_attempts
       FROM ${index} CROSS JOIN jobs AS parent ON parent.seq = parent_seq CROSS JOIN jobs AS child ON child.seq = child_seq
       WHERE ${from} = ? ORDER BY parent_seq, child_seq LIMIT ?`,
    ).all(seq, limit - found.length);
    found.push(...rows.map(linkOfRow));
  }
  return found;
}

/** How many jobs are cancelled since these have ended as they did. */
export function countBroken(connection: Connection, ids: readonly string[]): number {
  const step = (from: string, parent: string) =>
    `SELECT child_seq FROM ${from} CROSS JOIN dependencies ON parent_seq = ${parent} AND dependencies.state = 'broken'
     CROSS JOIN jobs ON jobs.seq = child_seq AND jobs.state = 'cancelled' AND broken_by = parent_seq`;
  const row = connection.sql(
    `WITH RECURSIVE root (seq) AS (SELECT seq FROM json_each(?) AS given CROSS JOIN jobs ON jobs.id = given.value), broken (seq) AS (
       ${step("root", "root.seq")} UNION ${step("broken", "broken.seq")}
     ) SELECT count(*) AS count FROM broken`,
  ).get(JSON.stringify(ids))!;
  return number(row, "count");
}
