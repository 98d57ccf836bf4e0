import type { Accepted } from "../store/store.ts";
import type { Session } from "./session.ts";
import { whenText } from "./when_text.ts";

/** Says what became of jobs that were to be enqueued. */
export function sayAccepted(accepted: readonly Accepted[], session: Session): void {
  if (accepted.length > 1) return session.say(`Accepted ${acceptedText(accepted)}.`);
  const [job] = accepted;
  const now = session.world.now();
  const { id, state, conflict, runAt, expiresAt } = job!;
  if (conflict === "kept") {
    return session.say(`Kept ${id}, which is ${state} and has that unique key; nothing was added.`);
  }
  if (state === "cancelled") {
    session.say(`Accepted ${id}, and cancelled it at once: it waits in vain.`);
    return session.say(`  See why: ${session.commandLine(`explain ${id}`)}`);
  }
  const due = runAt > now + 500 ? `; due ${whenText(runAt, now)}` : "";
  const begin = conflict === "debounced"
    ? `Put off ${id}, which has that unique key`
    : `Accepted ${id}${conflict === "replaced" ? ", in place of the one that waited" : ""}`;
  session.say(`${begin}${due}${expiresAt === null ? "" : `; expires ${whenText(expiresAt, now)}`}.`);
}

/** Says how many were new, where not all of them were. */
function acceptedText(accepted: readonly Accepted[]): string {
  const [kept, debounced] = (["kept", "debounced"] as const).map((conflict) =>
    accepted.filter((job) => job.conflict === conflict).length
  );
  const others = [
    ...(kept! > 0 ? [`${kept} kept another one of their unique key`] : []),
    ...(debounced! > 0 ? [`${debounced} put another one off`] : []),
  ];
  const count = accepted.length - kept! - debounced!;
  const vain = accepted.filter(({ state, conflict }) => state === "cancelled" && conflict !== "kept").length;
  if (vain > 0) others.push(`${vain} cancelled at once: waiting in vain`);
  return [count === 1 ? "1 job" : `${count} jobs`, ...others].join("; ");
}
