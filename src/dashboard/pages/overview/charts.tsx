/** What went on in the window: how much ended, how long it waited, how long it took. */

import { Chart, type Line, type Step } from "../../components/chart.tsx";
import { Empty } from "../../components/empty.tsx";
import type { Statistics } from "../../api/types.ts";
import { formatCount } from "../../format/count.ts";
import { formatLength } from "../../format/length.ts";
import { lengthsData, lengthsSentence, perPart, throughputData, throughputSentence } from "./chart_data.ts";

const throughputLines: readonly Line[] = [
  { name: "Completed", colour: "is-completed", isFilled: true },
  { name: "Failed", colour: "is-dead", dash: [6, 3] },
];
const lengthLines: readonly Line[] = [
  { name: "Half", colour: "is-processing" },
  { name: "95 %", colour: "is-blocked", dash: [7, 3] },
  { name: "99 %", colour: "is-failed", dash: [2, 3] },
];

/** By which lengths of time are read: 1 ms to 10 d. */
const lengthSteps: readonly Step[] = [
  { value: 1, name: "1 ms" },
  { value: 10, name: "10 ms" },
  { value: 100, name: "100 ms" },
  { value: 1000, name: "1 s" },
  { value: 10_000, name: "10 s" },
  { value: 60_000, name: "1 min" },
  { value: 600_000, name: "10 min" },
  { value: 3_600_000, name: "1 h" },
  { value: 36_000_000, name: "10 h" },
  { value: 86_400_000, name: "1 d" },
  { value: 864_000_000, name: "10 d" },
];

export function Charts(
  { statistics, isLongWindow }: { readonly statistics: Statistics; readonly isLongWindow: boolean },
) {
  const { runs, completed, failed, points, wait_ms, run_ms } = statistics.total;
  if (runs === 0) return <Empty title="Nothing has ended in this time." />;
  const throughput = throughputData(points);
  const common = { isLongWindow, lines: lengthLines, format: formatLength, steps: lengthSteps };
  return (
    <div class="charts">
      <Chart
        title={`Attempts ended, ${perPart(throughput.times)}`}
        sentence={throughputSentence(statistics, isLongWindow)}
        lines={throughputLines}
        times={throughput.times}
        values={throughput.series}
        totals={[completed, failed]}
        format={formatCount}
        isLongWindow={isLongWindow}
      />
      <LengthChart
        {...common}
        title="Wait, from due to first start"
        sentence={lengthsSentence(wait_ms)}
        totals={[wait_ms.p50, wait_ms.p95, wait_ms.p99]}
        data={lengthsData(points, "wait_ms")}
      />
      <LengthChart
        {...common}
        title="Run, from start to end"
        sentence={lengthsSentence(run_ms)}
        totals={[run_ms.p50, run_ms.p95, run_ms.p99]}
        data={lengthsData(points, "run_ms")}
      />
    </div>
  );
}

type LengthChartProps =
  & Omit<Parameters<typeof Chart>[0], "times" | "values">
  & { readonly data: ReturnType<typeof lengthsData> };

function LengthChart({ data: { times, series }, ...others }: LengthChartProps) {
  return <Chart {...others} times={times} values={series} />;
}
