/** The help topic about metrics, made of the list of them. */

import { metrics } from "../operations/metrics.ts";

export function metricsTopicText(): string {
  return `Metrics

queuectl metrics prints these in Prometheus' text format:

${
    metrics.map(({ name, type, labels, help }) => `  ${name}${labelsText(labels)}  (${type})\n      ${help}`)
      .join("\n")
  }

Counters and histograms count the runs that have ended, in the transaction that settles each. They outlive the jobs, and go along when the queue moves to another store: they never fall. A queue that gets another name takes its counts with it.

What is not there: errors of the store. Who cannot reach it cannot count there; the scrape itself fails then (exit code 4), and the file of --output stays as it was, so alert on its age.

Textfile collector

  Let cron or a systemd timer replace a file that node_exporter reads:

    queuectl metrics --output /var/lib/prometheus/node-exporter/queuectl.prom

  On several hosts with one PostgreSQL database one of them is enough: the metrics are the queue's.

Files

  scripts/monitoring/ of the source has a dashboard for Grafana (dashboard.json) and rules for alerts (alerts.yml): no worker, jobs that wait too long, failures, dead letters, lost leases, and a file that is too old.`;
}

function labelsText(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}
