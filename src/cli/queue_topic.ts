/** The help topic "queues". */

import { settingRules } from "../core/settings.ts";
import { mostResources } from "../core/demand.ts";

export function queuesText(): string {
  return `Queues, limits and what a job takes

A job waits in the queue "default" unless it names another one; a queue is made by its first job, or by \`queue set\`:

  queuectl enqueue --queue video -- ffmpeg -i in.mov out.mp4
  queuectl worker start --queues video,default

Workers take jobs of the queue ${
    settingRules.queues.format(settingRules.queues.default)
  } unless --queues names others: these in their order (nothing of the second queue while the first has something to start), prefixes such as img-*, or * for all.

ORDER: THE HIGHER PRIORITY GOES FIRST. 10 goes before 1, and 1 before -5; from -1000 to 1000, 0 unless it is given. Among equals the one that was due first goes first, then the one that arrived first. Priority is strict: as long as there are jobs of a higher one, those of a lower one wait. With ageing they do not wait for ever:

  queuectl config set priority_ageing 10m

Then each step of priority is worth ten minutes of waiting: a job of priority 0 that has been due for 50 minutes goes before one of priority 4 that is due now, and after one of priority 6. It is for jobs that are enqueued from then on.

LIMITS hold over all workers and hosts at every moment, counted from what runs. They can be changed at any time; what runs goes on.

  queuectl queue set video --limit 2        two of its jobs at once
  queuectl queue set import --key-limit 1   one at once of each --key, in order of arrival
  queuectl queue set mail --rate 10/m       ten starts in any minute, retries counted too
  queuectl queue throttle mail --for 60s    nothing starts for a minute: a service has had enough
  queuectl queue pause video                accepts jobs and starts none, until queue resume
  queuectl queue drain video --wait         accepts no more, and returns when it is empty
  queuectl queue rename video encode        with all its jobs, also what runs

DEFAULTS of a queue are for its jobs that do not say it themselves, and go before the settings: --priority, --max-retries, --timeout, --kill-after, --backoff, --backoff-base, --backoff-max, --backoff-jitter. They are for jobs that are enqueued from then on.

  queuectl queue set video --timeout 2h --max-retries 1

"none" takes away whatever was set: queue set video --limit none --timeout none.

WHAT A JOB TAKES. A job takes one of a worker's slots (--concurrency), or as many as --slots says. A host may have resources, up to ${mostResources} kinds, which all its workers share, and a job may take some of them while it runs. Tags are taken by nobody: they only say where a job may run.

  queuectl worker start --concurrency 8 --resource gpu=2,license=1 --tags linux
  queuectl enqueue --slots 4 --resource gpu=1 --needs linux -- ./train

A host that has something else to do starts nothing while its load is above max_load or its available memory below min_memory; \`worker list\` says so:

  queuectl worker start --max-load 8 --min-memory 2GB

TOLD OF ENDS. queue set video --webhook URL has the ends of its jobs posted there, by jobs in the queue "webhooks", which every worker takes and nobody else's jobs are in: queuectl help webhooks.

WHY DOES IT NOT RUN? \`queuectl explain ID\` says what holds a job and when it will move, \`queuectl queue list\` what there is, and \`queuectl doctor\` which jobs no worker could ever take.
`;
}
