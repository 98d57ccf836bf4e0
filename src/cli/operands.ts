/** Operands that are ids of jobs. */

import { isJobId } from "../core/job_id.ts";
import { QueueError } from "../core/errors.ts";
import { type ParsedWords, usage } from "./words.ts";

/** The one id that a command needs. */
export function oneId(words: ParsedWords, command: string): string {
  const [id, ...others] = words.operands;
  if (id === undefined) throw usage("it needs the id of a job", command);
  if (others.length > 0) throw usage(`it takes one id, not ${words.operands.length}`, command);
  return checkedId(id);
}

/** The ids that a command needs, at least one. */
export function someIds(words: ParsedWords, command: string): readonly string[] {
  if (words.operands.length === 0) throw usage("it needs the ids of jobs", command);
  return words.operands.map(checkedId);
}

/** An id as it could have been accepted; anything else cannot name a job. */
export function checkedId(id: string): string {
  if (isJobId(id)) return id;
  throw new QueueError("usage", `Cannot look for job "${id.slice(0, 140)}": that cannot be an id`, {
    hint: "See the ids: queuectl list",
  });
}
