import { isPercent, isProgressText, longestProgressText } from "../../core/progress.ts";
import type { Progress } from "../../core/run.ts";
import { reportProgress } from "../../operations/report_progress.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { usage } from "../words.ts";

export const progress: Command<Progress> = {
  name: "progress",
  summary: "inside a job: how far it is",
  usage: ["PERCENT [TEXT] [--json]"],
  details: [
    "For a command that a worker runs, and what that calls: list and show tell it while the job runs, and show also " +
    "when its run has ended. The worker takes it up once a second; what was said last counts. Nothing else changes: " +
    "100 does not end the job.",
    "It needs no access to the store, so it also works where that is on a server.",
  ],
  flags: [{ ...jsonFlag, help: "print what was told as JSON" }],
  examples: [
    { line: "queuectl progress 40", does: "40 %" },
    { line: "queuectl progress 75 'second pass'", does: "and what it does now" },
  ],
  permissions: ["read", "write"],
  usesStore: false,
  parse({ operands }) {
    const [percent, text, ...others] = operands;
    if (percent === undefined) throw usage("it needs a percentage", "progress");
    if (others.length > 0) throw usage("it takes a percentage and one text; quote the text", "progress");
    return { percent: readPercent(percent), text: readText(text) };
  },
  run(told, session) {
    reportProgress(session.home.machine().runs, { told, by: session.world.ownRun });
    if (session.json) session.printJson(told);
    return Promise.resolve(0);
  },
};

function readPercent(text: string): number {
  const percent = /^\d+$/.test(text) ? Number(text) : NaN;
  if (isPercent(percent)) return percent;
  throw usage(`the percentage is a whole number from 0 to 100, not "${text}"`, "progress");
}

function readText(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  if (isProgressText(text)) return text;
  throw usage(`its text is one line of at most ${longestProgressText} characters`, "progress");
}
