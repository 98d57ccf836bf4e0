/** The fields of a job's JSON that say for which others it waits. */

import { showValue } from "./found_value.ts";
import type { AwaitedEnd, Dependency } from "./job.ts";
import { isJobId } from "./job_id.ts";
import type { Refusal } from "./rules_payload.ts";

export const dependencyFields = ["after", "after_any", "after_fail"] as const;
type DependencyField = (typeof dependencyFields)[number];
type Fields = Readonly<Partial<Record<DependencyField, unknown>>>;

/** The most jobs that one may wait for. */
export const mostParents = 10_000;

const awaited: Readonly<Record<DependencyField, AwaitedEnd>> = {
  after: "completed",
  after_any: "ended",
  after_fail: "dead",
};

const none: readonly Dependency[] = [];

export function readDependencies(fields: Fields, refuse: Refusal): readonly Dependency[] {
  if (dependencyFields.every((field) => fields[field] === undefined)) return none;
  const dependencies = new Map<string, Dependency>();
  for (const field of dependencyFields) {
    if (fields[field] === undefined) continue;
    for (const parentId of readIds(field, fields[field], refuse)) {
      const other = dependencies.get(parentId);
      if (other !== undefined && other.awaits !== awaited[field]) {
        throw refuse(`it waits for job ${parentId} in two ways`, "Name a job in one of the fields only");
      }
      dependencies.set(parentId, { parentId, awaits: awaited[field] });
    }
  }
  if (dependencies.size > mostParents) {
    throw refuse(
      `it waits for ${dependencies.size} jobs`,
      `A job may wait for ${mostParents}; let some in between wait for parts of them`,
    );
  }
  return [...dependencies.values()];
}

function readIds(field: DependencyField, value: unknown, refuse: Refusal): readonly string[] {
  const hint = `${field} is a list of ids, such as ["a","b"]`;
  if (!Array.isArray(value)) throw refuse(`"${field}" cannot be ${showValue(value)}`, hint);
  const ids: unknown[] = value;
  for (const id of ids) {
    if (typeof id !== "string" || !isJobId(id)) {
      throw refuse(`${showValue(id)} in "${field}" cannot be a job's id`, hint);
    }
  }
  return ids as string[];
}
