/** Asking before many jobs are changed at once. */

import { QueueError } from "../core/errors.ts";
import type { Flag } from "./flag.ts";
import type { Session } from "./session.ts";

export const yesFlag: Flag = {
  name: "yes",
  short: "y",
  help: "do not ask; needed where there is no terminal",
};

/** Whether the answer is yes. Throws a usage error where nobody can be asked. */
export async function confirm(
  session: Session,
  { action, count }: { readonly action: string; readonly count: number },
): Promise<boolean> {
  const what = `${action} ${count === 1 ? "1 job" : `${count} jobs`}`;
  const answer = await session.world.ask(`${what[0]!.toUpperCase()}${what.slice(1)}? [y/N] `);
  if (answer !== null) return /^y(es)?$/i.test(answer.trim());
  throw new QueueError("usage", `Cannot ${what}: there is no terminal on which to ask, and no --yes`, {
    hint: "Nothing was changed; if these are the jobs you mean, add --yes",
  });
}
