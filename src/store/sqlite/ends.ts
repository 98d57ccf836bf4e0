/** Ends of jobs that are passed on to those that wait for them, in SQLite. Within a write. */

import { isFinal, type Job, type JobState } from "../../core/job.ts";
import {
  afterParents,
  afterRevival,
  brokenReason,
  type ChildStep,
  type Link,
  verdictOf,
} from "../../core/passed_ends.ts";
import { jobOf, number, type SqlRow, text } from "../rows.ts";
import type { PassedOn } from "../store.ts";
import { Tally } from "../tally.ts";
import type { Connection } from "./connection.ts";
import { writeTally } from "./counters.ts";
import { gateOf } from "../queue_limits.ts";
import { queueLimits } from "./gates.ts";
import { takeKeyAgain } from "./unique_keys.ts";
import { noteWebhooks } from "./webhook_events.ts";

/** How many dependencies one write passes on at most, so that none takes long. */
const passBatch = 300;
/** How many steps down a graph one write takes at most. */
const mostRounds = 50;

/** What one batch does. */
interface Batch {
  readonly now: number;
  readonly tally: Tally;
  opened: number;
  ended: number;
  revived: number;
}

/** Writes down that jobs have ended, as far as others wait for them; whether any are. */
export function noteEnds(connection: Connection, jobSeqs: readonly number[]): boolean {
  const insert = connection.sql(
    `INSERT INTO endings (job_seq, kind)
     SELECT parent_seq, 'ended' FROM dependencies INDEXED BY dependencies_open WHERE state = 'open' AND parent_seq = ? LIMIT 1
     ON CONFLICT DO NOTHING`,
  );
  let count = 0;
  for (const seq of jobSeqs) count += insert.run(seq);
  return count > 0;
}

/** Writes down that jobs are to run after all, as far as their ends have kept others from it. */
export function noteRevivals(connection: Connection, jobSeqs: readonly number[]): void {
  const insert = connection.sql(
    `INSERT INTO endings (job_seq, kind)
     SELECT parent_seq, 'revived' FROM dependencies WHERE parent_seq = ? AND state = 'broken' LIMIT 1
     ON CONFLICT DO NOTHING`,
  );
  for (const seq of jobSeqs) insert.run(seq);
}

/** Whether there is something to pass on; `died` too, where that is asked for. */
export function hasEnds(connection: Connection, { withDeaths }: { readonly withDeaths: boolean }): boolean {
  return connection.sql(`SELECT 1 FROM endings ${withDeaths ? "" : "WHERE kind <> 'died' "}LIMIT 1`).get() !==
    undefined;
}

export const nothingPassed: PassedOn = { opened: 0, ended: 0, revived: 0, hasMore: false };

/** Passes a batch on. */
export function passOn(connection: Connection, now: number): PassedOn {
  const batch: Batch = { now, tally: new Tally(), opened: 0, ended: 0, revived: 0 };
  for (let round = 0, left = passBatch; round < mostRounds && left > 0; round++) {
    const done = reviveChildren(connection, batch, left) ?? endChildren(connection, batch, left);
    if (done === null) break;
    left -= done;
  }
  writeTally(connection, batch.tally);
  const { opened, ended, revived } = batch;
  return { opened, ended, revived, hasMore: hasEnds(connection, { withDeaths: false }) };
}

/** Jobs of which something is to be passed on, those first that arrived first. */
function noted(connection: Connection, kind: "ended" | "revived", limit: number) {
  const rows = connection.sql(
    `SELECT job_seq, id, state FROM endings CROSS JOIN jobs ON seq = job_seq WHERE kind = ? ORDER BY job_seq LIMIT ?`,
  ).all(kind, limit);
  return new Map(rows.map((row) => [
    number(row, "job_seq"),
    { id: text(row, "id"), state: text(row, "state") as JobState },
  ]));
}

function forget(connection: Connection, kind: "ended" | "revived", jobSeqs: readonly number[]): void {
  const remove = connection.sql("DELETE FROM endings WHERE job_seq = ? AND kind = ?");
  for (const seq of jobSeqs) remove.run(seq, kind);
}

function setLink(connection: Connection, { parentSeq, childSeq }: Link, state: string): void {
  connection.sql("UPDATE dependencies SET state = ? WHERE parent_seq = ? AND child_seq = ?")
    .run(state, parentSeq, childSeq);
}

/** What parents have of dependencies in a state, each with its child. */
function linksOf(
  connection: Connection,
  parents: readonly number[],
  { state, limit }: { readonly state: "open" | "broken"; readonly limit: number },
): Link[] {
  const from = state === "open" ? "dependencies INDEXED BY dependencies_open" : "dependencies";
  const links: Link[] = [];
  for (const parent of parents) {
    if (links.length === limit) break;
    const rows = connection.sql(
      `SELECT parent_seq, child_seq, awaits FROM ${from} WHERE parent_seq = ? AND state = '${state}' LIMIT ?`,
    ).all(parent, limit - links.length);
    links.push(...rows.map(linkOf));
  }
  return links;
}

function linkOf(row: SqlRow): Link {
  return {
    parentSeq: number(row, "parent_seq"),
    childSeq: number(row, "child_seq"),
    awaits: text(row, "awaits") as Link["awaits"],
  };
}

function jobBySeq(connection: Connection, seq: number): Job {
  return jobOf(connection.sql("SELECT * FROM jobs WHERE seq = ?").get(seq)!);
}

/** One step down from jobs that have ended; how many dependencies it took, or null where there are no such jobs. */
function endChildren(connection: Connection, batch: Batch, limit: number): number | null {
  const parents = noted(connection, "ended", limit);
  if (parents.size === 0) return null;
  const ended = [...parents.keys()].filter((seq) => isFinal(parents.get(seq)!.state));
  const links = linksOf(connection, ended, { state: "open", limit });
  const fallen: number[] = [];
  for (const [childSeq, some] of Map.groupBy(links, (link) => link.childSeq)) {
    const child = jobBySeq(connection, childSeq);
    const step = afterParents(child, some, parents);
    for (const link of some) {
      setLink(connection, link, verdictOf(link.awaits, parents.get(link.parentSeq)!.state));
    }
    writeChild(connection, child, step, batch);
    if (child.state === "blocked" && step.state === "cancelled") fallen.push(childSeq);
  }
  // What was retried meanwhile will end again.
  const isOver = (seq: number) =>
    links.length < limit || !isFinal(parents.get(seq)!.state) || !hasLink(connection, seq, "open");
  forget(connection, "ended", [...parents.keys()].filter(isOver));
  if (fallen.length > 0) {
    fallen.push(...cancelBelow(connection, fallen, { batch, limit: limit - links.length }));
  }
  noteWebhooks(connection, fallen);
  noteEnds(connection, fallen);
  return Math.max(links.length, fallen.length);
}

/**
 * Cancels what waits in vain below jobs that were just cancelled, at once: step by step, a chain as long as the batch
 * would take as many steps. Their dependencies are left for the steps that follow.
 */
function cancelBelow(
  connection: Connection,
  fallen: readonly number[],
  { batch, limit }: { readonly batch: Batch; readonly limit: number },
): number[] {
  if (limit <= 0) return [];
  const step = (from: string, parent: string) =>
    `SELECT child_seq, parent_seq FROM ${from} CROSS JOIN dependencies INDEXED BY dependencies_open
       ON parent_seq = ${parent} AND dependencies.state = 'open' AND awaits <> 'ended'
     CROSS JOIN jobs ON jobs.seq = child_seq AND jobs.state = 'blocked'`;
  const rows = connection.sql(
    `WITH RECURSIVE below (seq, parent) AS (
       ${step("json_each(?)", "json_each.value")} UNION ${step("below", "below.seq")}
     ) SELECT below.seq, parent, id FROM below JOIN jobs ON jobs.seq = parent LIMIT ?`,
  ).all(JSON.stringify(fallen), limit);
  const cancelled: number[] = [];
  for (const row of rows) {
    const child = jobBySeq(connection, number(row, "seq"));
    // It may come twice, below two of them.
    if (child.state !== "blocked") continue;
    const { openParents } = child;
    const reason = brokenReason({ id: text(row, "id"), state: "cancelled" });
    writeChild(connection, child, {
      state: "cancelled",
      openParents,
      brokenBy: number(row, "parent"),
      reason,
    }, batch);
    cancelled.push(child.seq);
  }
  return cancelled;
}

/** One step down from jobs that are to run after all; as `endChildren`. */
function reviveChildren(connection: Connection, batch: Batch, limit: number): number | null {
  const parents = noted(connection, "revived", limit);
  if (parents.size === 0) return null;
  const links = linksOf(connection, [...parents.keys()], { state: "broken", limit });
  const children = Map.groupBy(links, (link) => link.childSeq);
  const jobs = new Map([...children.keys()].map((seq) => [seq, jobBySeq(connection, seq)]));
  const revived: number[] = [];
  let keyless = 0;
  for (const [seq, some] of children) {
    const child = jobs.get(seq)!;
    // What has gone on in spite of them does not wait for them.
    const isWaiting = child.state === "cancelled";
    for (const link of some) setLink(connection, link, isWaiting ? "open" : "met");
    if (!isWaiting) continue;
    const step = afterRevival(child, some.length, brokenParent(connection, seq));
    if (step.state === "blocked" && !takeKeyAgain(connection, child, batch.now)) {
      for (const link of some) setLink(connection, link, "broken");
      keyless++;
      continue;
    }
    writeChild(connection, child, step, batch);
    if (step.state === "blocked") revived.push(seq);
  }
  // What is left of the broken ones is so for good.
  const isDone = links.length < limit || keyless === children.size;
  const over = [...parents.keys()].filter((seq) => isDone || !hasLink(connection, seq, "broken"));
  forget(connection, "revived", over);
  // What has ended again before this was passed on.
  noteEnds(connection, over.filter((seq) => isFinal(parents.get(seq)!.state)));
  if (revived.length > 0) {
    revived.push(...reviveBelow(connection, revived, { batch, limit: limit - links.length }));
  }
  noteRevivals(connection, revived);
  return Math.max(links.length, revived.length);
}

/** Revives below jobs that were just revived what only one of these keeps from running, at once, as `cancelBelow`. */
function reviveBelow(
  connection: Connection,
  revived: readonly number[],
  { batch, limit }: { readonly batch: Batch; readonly limit: number },
): number[] {
  if (limit <= 0) return [];
  const step = (from: string, parent: string) =>
    `SELECT dependencies.child_seq, dependencies.parent_seq, dependencies.awaits FROM ${from} CROSS JOIN dependencies
       ON dependencies.parent_seq = ${parent} AND dependencies.state = 'broken'
     CROSS JOIN jobs ON jobs.seq = dependencies.child_seq AND jobs.state = 'cancelled' AND broken_by = dependencies.parent_seq
     WHERE NOT EXISTS (SELECT 1 FROM dependencies AS other INDEXED BY dependencies_of_child
       WHERE other.child_seq = jobs.seq AND other.state = 'broken' AND other.parent_seq <> broken_by)`;
  const rows = connection.sql(
    `WITH RECURSIVE below (child_seq, parent_seq, awaits) AS (
       ${step("json_each(?)", "json_each.value")} UNION ${step("below", "below.child_seq")}
     ) SELECT * FROM below LIMIT ?`,
  ).all(JSON.stringify(revived), limit);
  const alive = new Set(revived);
  const found: number[] = [];
  // Parents come before their children; one that stays as it is keeps what is below it from running.
  for (const row of rows) {
    const link = linkOf(row);
    const child = jobBySeq(connection, link.childSeq);
    if (!alive.has(link.parentSeq) || child.state !== "cancelled") continue;
    // Not where another job has its unique key by now.
    if (!takeKeyAgain(connection, child, batch.now)) continue;
    setLink(connection, link, "open");
    writeChild(connection, child, afterRevival(child, 1, null), batch);
    alive.add(link.childSeq);
    found.push(link.childSeq);
  }
  return found;
}

/** A parent whose end keeps a job from running, or null. */
function brokenParent(connection: Connection, childSeq: number) {
  const row = connection.sql(
    `SELECT seq, id, jobs.state FROM dependencies CROSS JOIN jobs ON seq = parent_seq
     WHERE child_seq = ? AND dependencies.state = 'broken' LIMIT 1`,
  ).get(childSeq);
  if (row === undefined) return null;
  return { seq: number(row, "seq"), id: text(row, "id"), state: text(row, "state") as JobState };
}

function hasLink(connection: Connection, parentSeq: number, state: "open" | "broken"): boolean {
  return connection.sql("SELECT 1 FROM dependencies WHERE parent_seq = ? AND state = ? LIMIT 1")
    .get(parentSeq, state) !== undefined;
}

function writeChild(connection: Connection, child: Job, step: ChildStep, batch: Batch): void {
  const isMoved = step.state !== child.state;
  const { now } = batch;
  connection.sql(
    `UPDATE jobs SET state = ?, open_parents = ?, broken_by = ?, reason = ?, gate = ?, finished_at = ?, updated_at = ?,
            cancel_requested = 0, expires_at = ?
     WHERE seq = ?`,
  ).run(
    step.state,
    step.openParents,
    step.brokenBy,
    step.state === "cancelled" ? step.reason ?? child.reason : null,
    gateOf(queueLimits(connection), child, child.runAt <= now),
    step.state === "cancelled" ? child.finishedAt ?? now : null,
    isMoved ? now : child.updatedAt,
    // As for any job that is retried.
    step.state === "blocked" && isMoved && (child.expiresAt ?? Infinity) <= now ? null : child.expiresAt,
    child.seq,
  );
  if (!isMoved) return;
  batch.tally.move(child, { ...child, state: step.state });
  if (step.state === "pending") batch.opened++;
  else if (step.state === "cancelled") batch.ended++;
  else batch.revived++;
}
