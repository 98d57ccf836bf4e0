import type { ExplainedJob } from "./explain_job.ts";
import { isoTime } from "./json.ts";

/** Why a job stands where it stands. `commandLine` completes a call of this program, to be typed. */
export function explainJson(
  { job, gate, until, sentence, details, then, fix }: ExplainedJob,
  commandLine: (words: string) => string,
) {
  return {
    id: job.id,
    state: job.state,
    gate,
    until: isoTime(until),
    sentence,
    details: {
      ...details,
      try: fix === null ? null : commandLine(fix),
      then: then.map((next) => ({ gate: next.gate, until: isoTime(next.until), sentence: next.sentence })),
    },
  };
}
