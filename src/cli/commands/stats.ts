import { roughDuration } from "../../core/duration.ts";
import type { Since } from "../../core/since.ts";
import {
  isTooLongAgo,
  type Percentiles,
  readStatisticsSince,
  type StatisticsReport,
  type StatisticsRow,
} from "../../operations/read_statistics.ts";
import { statisticsJson } from "../../operations/statistics_json.ts";
import type { StatisticsGroup } from "../../store/statistics.ts";
import type { Command } from "../command.ts";
import { sinceOf } from "../filter_flags.ts";
import { type Flag, jsonFlag } from "../flag.ts";
import { isoTime } from "../../operations/json.ts";
import type { Session } from "../session.ts";
import { isUtf8, sparkline } from "../sparkline.ts";
import { displayWidth, table } from "../table.ts";
import { noOperands, usage, valueOf } from "../words.ts";

interface Options {
  readonly since: Since;
  readonly by: StatisticsGroup;
}

const sinceFlag: Flag = {
  name: "since",
  placeholder: "TIME",
  help: `runs that have ended since then: "1h" (ago; 24h unless given), or a time with its offset`,
};
const byFlag: Flag = { name: "by", placeholder: "GROUP", help: "a row for each queue, or for each command" };

export const stats: Command<Options> = {
  name: "stats",
  summary: "what ran lately: how much, how long it waited and took, what failed",
  usage: ["[--since TIME] [--by queue|command] [--json]"],
  details: [
    "Counts runs that have ended. WAIT is from when a job was due to the start of its first run, RUN from the start of a run to " +
    "its end, each as half of them, 95 and 99 in a hundred did not exceed; they are read from counts in buckets, and off by a " +
    "few parts in a hundred. FAILED is the share of attempts that failed or took too long, RETRIES the runs of jobs that had run before.",
    "By command means by program: the first word of the command, without its folder. The time begins with a whole minute, of " +
    "more than an hour with a half hour. Statistics go back 31 days, and do not go with jobs that are removed.",
  ],
  flags: [sinceFlag, byFlag, jsonFlag],
  examples: [
    { line: "queuectl stats", does: "the last 24 hours, by queue" },
    { line: "queuectl stats --since 1h --by command", does: "which programs ran in the last hour" },
    { line: "queuectl stats --json | jq .total.failure_rate", does: "for scripts" },
  ],
  permissions: ["read"],
  usesStore: true,
  parse(words) {
    noOperands(words, "stats");
    const by = valueOf(words, "by") ?? "queue";
    if (by !== "queue" && by !== "command") {
      throw usage(`--by must be queue or command, not "${by}"`, "stats");
    }
    const since = sinceOf(valueOf(words, "since"), "stats") ?? { agoMs: 24 * 3_600_000 };
    if (isTooLongAgo(since)) {
      throw usage("--since goes back 31 days at most", "stats");
    }
    return { since, by };
  },
  async run({ since, by }, session) {
    const report = await readStatisticsSince(
      await session.readStore(),
      { since, by },
      () => session.world.now(),
    );
    if (session.json) session.printJson(statisticsJson(report, by));
    else if (report.total.runs === 0) session.say(`Nothing has ended since ${isoTime(report.since)}.`);
    else session.print(text(report, by, session));
    return 0;
  },
};

/** More than a terminal is high are summed up at the end. */
const mostRows = 100;
const gap = 2;
const leastSpark = 6;

function text(report: StatisticsReport, by: StatisticsGroup, session: Session): string {
  const { stdout } = session.world;
  const columns = [
    { title: by === "queue" ? "QUEUE" : "COMMAND", isFlexible: true },
    ...["DONE", "PER HOUR", "FAILED", "RETRIES", "WAIT p50/95/99", "RUN p50/95/99"].map((title) => ({
      title,
      alignRight: true,
    })),
  ];
  const isCut = stdout.isTerminal && report.rows.length > mostRows;
  const shown = isCut ? report.rows.slice(0, mostRows) : report.rows;
  const listed = report.rows.length > 1 ? [...shown, report.total] : shown;
  const rows = listed.map((row) => [
    { text: row.name ?? "all" },
    { text: String(row.completed) },
    { text: rateText(row.completedPerHour) },
    { text: shareText(row.failureRate), colour: row.failed > 0 ? "red" as const : undefined },
    { text: String(row.retries) },
    { text: percentilesText(row.wait) },
    { text: percentilesText(row.run) },
  ]);
  const spark = sparks(listed, { columns, rows }, session);
  const lines = table(
    stdout,
    spark === null ? columns : [...columns, { title: "TREND" }],
    spark === null ? rows : rows.map((cells, index) => [...cells, { text: spark[index]! }]),
  );
  const note = isCut ? `\n… and ${report.rows.length - mostRows} more (--json prints all)` : "";
  return `${lines}${note}`;
}

/** A line of bars for each row, of what completed, where the terminal has room for it. */
function sparks(
  rows: readonly StatisticsRow[],
  shown: {
    readonly columns: readonly { readonly title: string }[];
    readonly rows: readonly (readonly { readonly text: string }[])[];
  },
  session: Session,
): string[] | null {
  const { stdout } = session.world;
  if (!stdout.isTerminal) return null;
  const widthOf = (index: number): number =>
    Math.max(
      displayWidth(shown.columns[index]!.title),
      ...shown.rows.map((cells) => displayWidth(cells[index]!.text)),
    );
  // The names may be cut to 12 columns in favour of the bars.
  const names = Math.min(widthOf(0), 12);
  const used = shown.columns.reduce((sum, _, index) => sum + gap + (index === 0 ? names : widthOf(index)), 0);
  const room = stdout.columns - used;
  if (room < leastSpark) return null;
  const utf8 = isUtf8(session.world.variable);
  return rows.map(({ points }) => sparkline(inGroups(points.map(({ completed }) => completed), room), utf8));
}

/** As many values at most: neighbours are added up. */
function inGroups(values: readonly number[], most: number): number[] {
  const size = Math.ceil(values.length / most);
  return Array.from(
    { length: Math.ceil(values.length / size) },
    (_, index) => values.slice(index * size, (index + 1) * size).reduce((sum, value) => sum + value, 0),
  );
}

function rateText(perHour: number): string {
  return perHour === 0 ? "0" : perHour < 10 ? perHour.toFixed(1) : String(Math.round(perHour));
}

function shareText(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}

function percentilesText({ p50, p95, p99 }: Percentiles): string {
  return p50 === null ? "-" : [p50, p95, p99].map((ms) => lengthText(ms!)).join("/");
}

/** Short: at most five characters. */
function lengthText(ms: number): string {
  if (ms < 950) return `${ms}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  return roughDuration(ms).split(" ")[0]!;
}
