/** Where each command is found. Loading one loads nothing of the others, so that starting up stays quick. */

import type { CommandEntry } from "./command.ts";

export const commands: readonly CommandEntry[] = [
  {
    name: "enqueue",
    summary: "accept a job, or a file of them",
    load: async () => (await import("./commands/enqueue.ts")).enqueue,
  },
  {
    name: "run",
    summary: "enqueue a command, show what it writes, and end with its exit code",
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "status",
    summary: "how many jobs are in each state, and what the workers do",
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "top",
    summary: "a live view of queues, workers and jobs, with keys to act on them",
    load: async () => (await import("./commands/top.ts")).top,
  },
  {
    name: "stats",
    summary: "what ran lately: how much, how long it waited and took, what failed",
    load: async () => (await import("./commands/stats.ts")).stats,
  },
  {
    name: "metrics",
    summary: "what Prometheus is told: jobs, attempts, waits and workers, as text",
    load: async () => (await import("./commands/metrics.ts")).metrics,
  },
  {
    name: "list",
    summary: "the newest jobs, by state and other filters",
    load: async () => (await import("./commands/list.ts")).list,
  },
  {
    name: "show",
    summary: "all of one job, with each of its runs",
    load: async () => (await import("./commands/show.ts")).show,
  },
  {
    name: "explain",
    summary: "why a job does not run yet, and when it will",
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "graph",
    summary: "what a job waits for, and what waits for it",
    load: async () => (await import("./commands/graph.ts")).graph,
  },
  {
    name: "logs",
    summary: "what a job wrote",
    load: async () => (await import("./commands/logs.ts")).logs,
  },
  {
    name: "wait",
    summary: "wait until jobs have ended, and end with their exit code",
    load: async () => (await import("./commands/wait.ts")).wait,
  },
  {
    name: "cancel",
    summary: "let jobs not run, or end their runs",
    load: async () => (await import("./commands/cancel.ts")).cancel,
  },
  {
    name: "retry",
    summary: "let jobs run again, or at once",
    load: async () => (await import("./commands/retry.ts")).retry,
  },
  {
    name: "edit",
    summary: "change a job that waits",
    load: async () => (await import("./commands/edit.ts")).edit,
  },
  {
    name: "remove",
    summary: "delete jobs with their history and output",
    load: async () => (await import("./commands/remove.ts")).remove,
  },
  {
    name: "progress",
    summary: "inside a job: how far it is",
    load: async () => (await import("./commands/progress.ts")).progress,
  },
  {
    name: "worker start",
    summary: "start workers in the background",
    load: async () => (await import("./commands/worker_start.ts")).workerStart,
  },
  {
    name: "worker run",
    summary: "run workers in the foreground",
    load: async () => (await import("./commands/worker_run.ts")).workerRun,
  },
  {
    name: "worker stop",
    summary: "let workers finish their jobs and end",
    load: async () => (await import("./commands/worker_stop.ts")).workerStop,
  },
  {
    name: "worker list",
    summary: "the workers, and what each one does",
    load: async () => (await import("./commands/worker_list.ts")).workerList,
  },
  {
    name: "worker supervise",
    summary: "the background supervisor",
    isInternal: true,
    load: async () => (await import("./commands/worker_internal.ts")).workerSupervise,
  },
  {
    name: "worker process",
    summary: "one worker of a supervisor",
    isInternal: true,
    load: async () => (await import("./commands/worker_internal.ts")).workerProcess,
  },
  {
    name: "queue list",
    summary: "the queues, their limits, and what is in them",
    load: async () => (await import("./commands/queue_list.ts")).queueList,
  },
  {
    name: "queue show",
    summary: "all of one queue: limits, defaults, jobs and workers",
    load: async () => (await import("./commands/queue_show.ts")).queueShow,
  },
  {
    name: "queue set",
    summary: "limit what runs of a queue at once, and what its jobs get by default",
    load: async () => (await import("./commands/queue_set.ts")).queueSet,
  },
  {
    name: "queue pause",
    summary: "let a queue accept jobs and start none",
    load: async () => (await import("./commands/queue_state.ts")).queuePause,
  },
  {
    name: "queue resume",
    summary: "open a paused or draining queue again",
    load: async () => (await import("./commands/queue_state.ts")).queueResume,
  },
  {
    name: "queue drain",
    summary: "let a queue finish what it has, and accept no more",
    load: async () => (await import("./commands/queue_state.ts")).queueDrain,
  },
  {
    name: "queue throttle",
    summary: "let a queue start nothing for a while",
    load: async () => (await import("./commands/queue_throttle.ts")).queueThrottle,
  },
  {
    name: "queue rename",
    summary: "give a queue with all its jobs another name",
    load: async () => (await import("./commands/queue_rename.ts")).queueRename,
  },
  {
    name: "dlq list",
    summary: "the dead letter queue: jobs that were given up",
    load: async () => (await import("./commands/dlq_list.ts")).dlqList,
  },
  {
    name: "dlq retry",
    summary: "give dead jobs all their attempts again",
    load: async () => (await import("./commands/dlq_retry.ts")).dlqRetry,
  },
  {
    name: "dlq purge",
    summary: "delete dead jobs with their history and output",
    load: async () => (await import("./commands/dlq_purge.ts")).dlqPurge,
  },
  {
    name: "prune",
    summary: "delete old finished jobs with their history and output",
    load: async () => (await import("./commands/prune.ts")).prune,
  },
  {
    name: "ui",
    summary: "open the dashboard of this queue in the browser",
    load: async () => (await import("./commands/ui.ts")).ui,
  },
  {
    name: "serve",
    summary: "the dashboard and the HTTP API, for longer",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "webhook secret",
    summary: "the secret that signs webhooks, for who receives them",
    load: async () => (await import("./commands/webhook_secret.ts")).webhookSecret,
  },
  {
    name: "webhook ping",
    summary: "post a test event to a URL, and show the answer",
    load: async () => (await import("./commands/webhook_ping.ts")).webhookPing,
  },
  {
    name: "webhook post",
    summary: "post what a worker says",
    isInternal: true,
    load: async () => (await import("./commands/webhook_post.ts")).webhookPost,
  },
  {
    name: "config show",
    summary: "every setting, its value and where that comes from",
    load: async () => (await import("./commands/config.ts")).configShow,
  },
  {
    name: "config get",
    summary: "the value of one setting",
    load: async () => (await import("./commands/config.ts")).configGet,
  },
  {
    name: "config set",
    summary: "keep a setting",
    load: async () => (await import("./commands/config.ts")).configSet,
  },
  {
    name: "config unset",
    summary: "forget a kept setting",
    load: async () => (await import("./commands/config.ts")).configUnset,
  },
  {
    name: "config path",
    summary: "where settings are kept",
    load: async () => (await import("./commands/config.ts")).configPath,
  },
  {
    name: "migrate",
    summary: "move the queue to another store: to PostgreSQL, or back into the home",
    load: async () => (await import("./commands/migrate.ts")).migrate,
  },
  {
    name: "doctor",
    summary: "look whether all is well, and what to do where it is not",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "init",
    summary: "make a queue that belongs to this folder (.queuectl/)",
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "version",
    summary: "the version of the program and its parts",
    load: async () => (await import("./commands/version.ts")).version,
  },
  {
    name: "help",
    summary: "help about a command or a topic",
    load: async () => (await import("./commands/help.ts")).help,
  },
];

export const groups: Readonly<Record<string, string>> = {
  queue: "lines of jobs, and their limits",
  worker: "start, stop and list workers",
  dlq: "the dead letter queue",
  webhook: "who is told of the ends of jobs",
  config: "settings that are kept",
};
