/** Metrics as text: in Prometheus' format 0.0.4, which textfile collectors read, or as OpenMetrics 1.0. */

import { type Metric, metrics, type Sample } from "./metrics.ts";
import type { MetricsFacts } from "./read_metrics.ts";

export type MetricsFormat = "prometheus" | "openmetrics";

/** The Content-Type of each. */
export const metricsTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** What the header Accept of a scrape asks for. */
export function formatWanted(accept: string | null): MetricsFormat {
  return accept?.includes("application/openmetrics-text") ? "openmetrics" : "prometheus";
}

export function metricsText(
  facts: MetricsFacts,
  { version, format = "prometheus" }: { readonly version: string; readonly format?: MetricsFormat },
): string {
  const lines = metrics.flatMap((metric) => [
    ...headOf(metric, format),
    ...metric.samples(facts, version).map((sample) => lineOf(metric, sample)),
  ]);
  return [...lines, ...format === "openmetrics" ? ["# EOF"] : []].join("\n") + "\n";
}

function headOf({ name, type, unit, help }: Metric, format: MetricsFormat): string[] {
  // The family of a counter has its name without the suffix there.
  const family = format === "openmetrics" && type === "counter" ? name.replace(/_total$/, "") : name;
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [
    `# HELP ${family} ${escaped}`,
    `# TYPE ${family} ${type}`,
    ...format === "openmetrics" && unit !== undefined ? [`# UNIT ${family} ${unit}`] : [],
  ];
}

function lineOf({ name }: Metric, { suffix = "", labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join()}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
