/**
 * Lines over time. What is under the pointer is told below in the legend; whoever does not see it has the sentence
 * and the table. Lines differ by their strokes, and not by their colours alone.
 */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatPoint } from "../format/instant.ts";

export interface Line {
  readonly name: string;
  /** The class that gives it its colour: "is-completed". */
  readonly colour: string;
  /** Lengths of strokes and gaps; a full line where it is left out. */
  readonly dash?: readonly number[];
  /** Whether the room below it is filled. */
  readonly isFilled?: boolean;
}

export interface Step {
  readonly value: number;
  readonly name: string;
}

export interface ChartProps {
  readonly title: string;
  /** What is drawn, in words. */
  readonly sentence: string;
  readonly lines: readonly Line[];
  /** UTC milliseconds, rising. */
  readonly times: readonly number[];
  /** For each line a value for each time; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
  /** For each line what it is of all the time together; told while nothing is pointed at. */
  readonly totals: readonly (number | null)[];
  readonly format: (value: number) => string;
  /** Whether a time of day does not say when it was. */
  readonly isLongWindow: boolean;
  /**
   * The values that have a line and a name, rising, on a logarithmic scale; for what differs by powers of ten. Values
   * are above 0 then.
   */
  readonly steps?: readonly Step[];
}

const height = 180;

export function Chart(props: ChartProps) {
  const { title, sentence, lines, times, values, totals, format, isLongWindow } = props;
  const pointed = useSignal<number | null>(null);
  const isTableOpen = useSignal(false);
  const titleId = useId();
  return (
    <figure class="chart" aria-labelledby={titleId}>
      <figcaption>
        <h3 id={titleId}>{title}</h3>
        <p class="chart-sentence">{sentence}</p>
      </figcaption>
      <Canvas {...props} pointed={pointed} />
      <Legend {...{ lines, times, values, totals, format, isLongWindow, pointed }} />
      <details
        class="chart-table"
        onToggle={({ currentTarget }) => {
          isTableOpen.value = currentTarget.open;
        }}
      >
        <summary>As a table</summary>
        {isTableOpen.value && <ValueTable {...{ title, lines, times, values, format, isLongWindow }} />}
      </details>
    </figure>
  );
}

type CanvasProps = ChartProps & { readonly pointed: Signal<number | null> };

function Canvas(props: CanvasProps) {
  const { lines, times, values, pointed } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = lines.map(({ name }) => name).join() + (props.steps === undefined);

  useEffect(() => {
    const element = place.current!;
    const build = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(latest, element, pointed), dataOf(latest.current), element);
    };
    build();
    const resizes = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }));
    resizes.observe(element);
    // Colours on a canvas stay what they were.
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", build);
    return () => {
      resizes.disconnect();
      scheme.removeEventListener("change", build);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape]);
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [times, values]);
  return <div ref={place} class="chart-canvas" aria-hidden="true" />;
}

function dataOf({ times, values }: ChartProps): uPlot.AlignedData {
  return [times.map((at) => at / 1000), ...values.map((each) => [...each])];
}

function optionsOf(
  latest: { readonly current: CanvasProps },
  element: HTMLElement,
  pointed: Signal<number | null>,
): uPlot.Options {
  const { lines, steps, format } = latest.current;
  const soft = colourOf(element, "soft");
  const grid = { stroke: colourOf(element, "chart-grid"), width: 1 };
  const axis = { stroke: soft, grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: true },
      y: steps === undefined
        ? { range: (_, _from, to) => [0, Math.max(to * 1.08, 4)] }
        : { distr: 3, range: (_, from, to) => stepsAround(steps, from, to) },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        space: 70,
        values: (_, splits) => splits.map((at) => formatPoint(at * 1000, latest.current.isLongWindow)),
      },
      {
        ...axis,
        size: 64,
        space: 28,
        ...(steps === undefined
          ? { values: (_, splits) => splits.map((each) => Number.isInteger(each) ? format(each) : "") }
          : {
            splits: (_, _axis, from, to) => stepValues(steps).filter((each) => each >= from && each <= to),
            values: (_, splits) =>
              splits.map((each) => steps.find(({ value }) => value === each)?.name ?? ""),
            filter: (_, splits) => splits,
          }),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour, dash, isFilled = false }): uPlot.Series => {
        const stroke = colourOf(element, colour);
        return {
          stroke,
          width: 1.75,
          ...(dash === undefined ? {} : { dash: [...dash] }),
          ...(isFilled ? { fill: faint(stroke) } : {}),
          points: { show: (_, _index, from, to) => to - from < 3, size: 5 },
        };
      }),
    ],
    hooks: {
      setCursor: [({ cursor }) => {
        pointed.value = cursor.idx ?? null;
      }],
    },
  };
}

/** The steps below and above two values, so that there are lines to read them by. */
function stepsAround(steps: readonly Step[], from: number | null, to: number | null): [number, number] {
  const values = stepValues(steps);
  const low = values.findLastIndex((each) => each <= (from ?? 0));
  const above = values.findIndex((each) => each >= (to ?? 0));
  const first = Math.min(Math.max(low, 0), values.length - 2);
  return [values[first]!, values[above === -1 ? values.length - 1 : Math.max(above, first + 1)]!];
}

function stepValues(steps: readonly Step[]): number[] {
  return steps.map(({ value }) => value);
}

/** What a class makes of the colour of text here and now. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.className = name;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}

type LegendProps =
  & Pick<ChartProps, "lines" | "times" | "values" | "totals" | "format" | "isLongWindow">
  & { readonly pointed: Signal<number | null> };

function Legend({ lines, times, values, totals, format, isLongWindow, pointed }: LegendProps) {
  const index = pointed.value;
  const at = index === null ? undefined : times[index];
  const told = lines.map((_, line) => index === null ? totals[line] : values[line]?.[index]);
  return (
    <dl class="chart-legend">
      {lines.map(({ name, colour, dash }, line) => (
        <div key={name}>
          <dt>
            <Stroke colour={colour} dash={dash} />
            {name}
          </dt>
          <dd>{textOf(told[line] ?? null, format)}</dd>
        </div>
      ))}
      <div class="chart-at">
        <dt>{at === undefined ? "in all" : "from"}</dt>
        <dd>{at === undefined ? "" : formatPoint(at, isLongWindow)}</dd>
      </div>
    </dl>
  );
}

function Stroke({ colour, dash }: Pick<Line, "colour"> & { readonly dash: Line["dash"] }) {
  return (
    <svg class={`chart-stroke ${colour}`} viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">
      <path d="M1 4h20" stroke-dasharray={dash?.join(" ") ?? "none"} />
    </svg>
  );
}

function ValueTable(
  { title, lines, times, values, format, isLongWindow }: Omit<ChartProps, "sentence" | "totals">,
) {
  return (
    <div class="chart-rows" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table>
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {lines.map(({ name }) => <th key={name} scope="col">{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {times.map((at, index) => (
            <tr key={at}>
              <th scope="row">{formatPoint(at, isLongWindow)}</th>
              {lines.map(({ name }, line) => (
                <td key={name}>{textOf(values[line]?.[index] ?? null, format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function textOf(value: number | null, format: (value: number) => string): string {
  return value === null ? "–" : format(value);
}
