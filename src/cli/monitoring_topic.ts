/** The help topic about monitoring, made of the list of them. */

import { metrics } from "../operations/metrics.ts";

export function monitoringText(): string {
  return `Monitoring

queuectl metrics prints these in Prometheus' text format; GET /metrics of queuectl serve answers with them in that, or in OpenMetrics for who asks for it:

${
    metrics.map(({ name, type, labels, help }) => `  ${name}${labelsText(labels)}  (${type})\n      ${help}`)
      .join("\n")
  }

Counters and histograms count the runs that have ended, in the transaction that settles each. They outlive the jobs, and go along when the queue moves to another store: they never fall. A queue that gets another name takes its counts with it.

What is not there: errors of the store. Who cannot reach it cannot count there; the scrape itself fails then (exit code 4), and the file of --output stays as it was, so alert on its age.

Scraping

  Prometheus asks a running queuectl serve. Where that has a token (queuectl help api), give it to Prometheus:

    scrape_configs:
      - job_name: queuectl
        authorization: { credentials_file: /etc/prometheus/queuectl.token }
        static_configs: [{ targets: ["127.0.0.1:7420"] }]

  While the store cannot be read the answer is 503, and the target is down.

Textfile collector

  Let cron or a systemd timer replace a file that node_exporter reads:

    queuectl metrics --output /var/lib/prometheus/node-exporter/queuectl.prom

  On several hosts with one PostgreSQL database one of them is enough: the metrics are the queue's.

Traces and logs

  With OTEL_DENO=true in their environment workers send a span for each attempt, and their log, to a collector: OTLP over HTTP with JSON, to OTEL_EXPORTER_OTLP_ENDPOINT (http://localhost:4318), with OTEL_EXPORTER_OTLP_HEADERS, as OTEL_SERVICE_NAME (queuectl) and OTEL_RESOURCE_ATTRIBUTES; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and _LOGS_ENDPOINT name one of them, OTEL_TRACES_EXPORTER=none and OTEL_LOGS_EXPORTER=none leave one out. gRPC is not spoken.

  enqueue and run keep the TRACEPARENT (W3C) of their own environment with the job, and POST /jobs of queuectl serve the header traceparent of the request. The attempt's span is its child, and the job gets the attempt's TRACEPARENT, also what it enqueues itself. Without OTEL_DENO the job gets the one that it was enqueued with. A run that another worker adopts stays one span. The command is not sent, only the program's name.

Files

  scripts/monitoring/ of the source has a dashboard for Grafana (dashboard.json) and rules for alerts (alerts.yml): no worker, jobs that wait too long, failures, dead letters, lost leases, and a file that is too old.`;
}

function labelsText(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}
