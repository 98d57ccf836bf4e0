import { formatDuration, formatSize, roughDuration } from "../../core/duration.ts";
import { expiryOf } from "../../core/expiry.ts";
import { parseHost } from "../../core/host.ts";
import type { Job, JobRules } from "../../core/job.ts";
import { maxSnoozesOf } from "../../core/job_rules.ts";
import type { Progress } from "../../core/run.ts";
import { shownWebhook } from "../../core/webhook_url.ts";
import { showJob, type ShownJob, type ShownRun } from "../../operations/show_job.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { linkNames } from "../graph_text.ts";
import { shownState } from "../job_table.ts";
import { isoTime, rulesJson, shownJobJson } from "../../operations/json.ts";
import { paint, stateColour } from "../paint.ts";
import type { Session } from "../session.ts";
import { visible } from "../table.ts";
import { oneId } from "../operands.ts";

/** How much of each stream is shown: bytes, and then lines. */
const shownTail = { bytes: 4096, lines: 5 };

export const show: Command<string> = {
  name: "show",
  summary: "all of one job, with each of its runs",
  usage: ["ID [--json]"],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl show job1", does: "state, runs, and the last lines of their output" },
    { line: "queuectl show job1 --json | jq '.runs[-1].exit_code'", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse: (words) => oneId(words, "show"),
  async run(id, session) {
    const store = await session.readStore();
    const shown = await showJob(store, session.home.machine().runs, { id, tailBytes: shownTail.bytes });
    if (session.json) session.printJson(shownJobJson(shown));
    else session.print(text(shown, { session, isShared: store?.info.isShared ?? false }));
    return 0;
  },
};

interface View {
  readonly session: Session;
  /** Whether several hosts may use the store, so that it matters which one ran a job. */
  readonly isShared: boolean;
}

function text({ job, runs, isOffered, waitsFor }: ShownJob, view: View): string {
  const { session } = view;
  const { stdout } = session.world;
  const facts: [string, string | null][] = [
    ["label", job.label === null ? null : visible(job.label)],
    ["state", paint(stdout, stateColour(shownState(job)), shownState(job))],
    ["reason", job.reason],
    ["waits for", waitsFor.length === 0 ? null : parentsText(waitsFor)],
    ["command", visible(job.command)],
    ["attempts", `${job.attempts} of ${Math.max(job.maxRetries, 1)}`],
    ["snoozes", job.snoozes === 0 ? null : `${job.snoozes} of ${maxSnoozesOf(job.rules)}`],
    ["rules", job.rules === null ? null : rulesText(job.rules)],
    ["priority", job.priority === 0 ? null : String(job.priority)],
    ["queue", job.queue],
    ["key", job.key === null ? null : visible(job.key)],
    ["cwd", job.cwd],
    ["env", Object.keys(job.env).length === 0 ? null : Object.keys(job.env).join(", ")],
    ["stdin", job.stdinBytes === null ? null : formatSize(job.stdinBytes)],
    ["meta", pairsText(job.meta)],
    ["needs", job.needs.length === 0 ? null : needsText(job, isOffered)],
    ["slots", job.slots === 1 ? null : String(job.slots)],
    ["resources", pairsText(job.resources)],
    ["unique", job.uniqueKey === null ? null : visible(job.uniqueKey)],
    ["timeout", job.timeoutMs === null ? null : formatDuration(job.timeoutMs)],
    ["hook of", job.hookOf],
    ["webhook", job.webhook === null ? null : shownWebhook(job.webhook)],
    ["created", isoTime(job.createdAt)],
    ["due", job.state === "pending" ? dueText(job.runAt, session.world.now()) : null],
    ["expires", expiryText(job, session.world.now())],
    ["started", isoTime(job.startedAt)],
    ["finished", isoTime(job.finishedAt)],
    ["exit code", job.exitCode === null ? null : String(job.exitCode)],
    ["last error", job.lastError === null ? null : visible(job.lastError)],
  ];
  return [
    paint(stdout, "bold", job.id),
    ...facts.flatMap(([name, value]) => value === null ? [] : [`  ${name.padEnd(11)}${value}`]),
    ...runs.flatMap((run) => ["", ...runText(run, view)]),
    ...(runs.length === 0 ? ["", "  It has not run yet."] : []),
  ].join("\n");
}

function rulesText(rules: JobRules): string {
  return Object.entries(rulesJson(rules)).map(([name, value]) => `${name} ${value}`).join(" · ");
}

function pairsText(pairs: Job["meta"] | Job["resources"]): string | null {
  const texts = Object.entries(pairs).map(([name, value]) => `${name}=${visible(String(value))}`);
  return texts.length === 0 ? null : texts.join(", ");
}

function needsText({ needs, state }: Job, isOffered: boolean): string {
  return needs.join(", ") + (state === "pending" && !isOffered ? " (no worker offers that)" : "");
}

/** How many of those that a job waits for are named. */
const namedParents = 10;

function parentsText(links: ShownJob["waitsFor"]): string {
  const named = links.slice(0, namedParents).map(({ parent, awaits }) => {
    const how = awaits === "completed" ? "" : `, ${linkNames[awaits]}`;
    return `${parent.id} (${shownState(parent)}${how})`;
  });
  const left = links.length - named.length;
  return named.join(", ") + (left === 0 ? "" : ` and ${left} more`);
}

function dueText(runAt: number, now: number): string {
  return runAt <= now ? "now" : `${isoTime(runAt)} (in ${roughDuration(runAt - now)})`;
}

/** Only where it may still come to that. */
function expiryText(job: Job, now: number): string | null {
  const at = expiryOf(job);
  if (at === null) return null;
  return `${isoTime(at)} (${at <= now ? "expired: it will not run" : `in ${roughDuration(at - now)}`})`;
}

function runText(run: ShownRun, { session, isShared }: View): string[] {
  const { stdout, now } = session.world;
  const lastedMs = (run.finishedAt ?? now()) - run.startedAt;
  const outcome = run.outcome ?? "running";
  const how = run.exitCode !== null
    ? ` · exit ${run.exitCode}`
    : run.signal !== null
    ? ` · ${run.signal}`
    : "";
  const place = isShared ? ` on ${visible(parseHost(run.host).name)}` : "";
  const worker = `worker ${run.workerId}${place}${
    run.adoptedBy === null ? "" : `, adopted by ${run.adoptedBy}`
  }`;
  const title = `run ${run.number} · ${outcome}${how} · ${roughDuration(lastedMs)} · ${worker} · ${
    isoTime(run.startedAt)
  }`;
  return [
    paint(stdout, "bold", title),
    ...(run.error === null ? [] : [`  ${visible(run.error)}`]),
    ...(run.progress === null ? [] : [`  ${progressText(run.progress)}`]),
    ...tailText("out", run.out, session),
    ...tailText("err", run.err, session),
  ];
}

function progressText({ percent, text }: Progress): string {
  return text === null ? `${percent} %` : `${percent} %: ${visible(text)}`;
}

function tailText(name: string, output: ShownRun["out"], session: Session): string[] {
  if (output.bytes === 0) return [];
  const all = new TextDecoder().decode(output.tail).trimEnd().split("\n");
  const lines = all.slice(-shownTail.lines);
  const isCut = lines.length < all.length || output.tail.length < output.bytes;
  const prefix = paint(session.world.stdout, "dim", `  ${name}| `);
  return [...(isCut ? [`${prefix}…`] : []), ...lines.map((line) => prefix + visible(line))];
}
