/** The help topic about webhooks. */

import { formatDuration } from "../core/duration.ts";
import { webhooksQueue } from "../core/queue.ts";
import { formatSetting, settingRules } from "../core/settings.ts";
import { deliveryAttempts, deliverySlots, deliveryWaits } from "../core/webhook_delivery.ts";

export function webhooksText(): string {
  const timeout = formatSetting("webhook_timeout", settingRules.webhook_timeout.default);
  return `Webhooks

The end of a job can be posted to a URL, whatever it is: completed, dead, or cancelled.

  queuectl enqueue --webhook https://ci.example/hook -- make      this job
  queuectl queue set video --webhook https://ci.example/hook      the jobs of a queue that name none themselves
  queuectl webhook ping https://ci.example/hook                   is it taken there?

In JSON and over HTTP it is the field webhook. That of a queue is for each of its jobs that ends from then on, whenever it was enqueued, unless the job names one itself; a job cannot do without: put it into another queue. It is taken away from a queue by queue set NAME --webhook none, over HTTP by null.

What is posted
  {"id":"wh_…","type":"job.dead","timestamp":"…","data":{…}}: type is job.completed, job.dead or job.cancelled, timestamp when it ended, and data the job as list --json prints it, as it was then, without env and webhook. What it wrote is not in it. id is the same in each attempt: keep it to tell what came twice.

How it is signed
  As Standard Webhooks 1.0 say (standardwebhooks.com), by the headers webhook-id, webhook-timestamp and webhook-signature: "v1," and the base64 of an HMAC-SHA256 over ID.TIMESTAMP.BODY. Libraries for receivers are there for most languages; what is older than five minutes is to be refused.

  queuectl webhook secret      makes the secret where there is none, and prints it: whsec_…

  It is the setting webhook_secret of the home, and must be the same on each host with workers; QUEUECTL_WEBHOOK_SECRET may give it to them instead. It goes to no job, process list, log or store, and is shown by that command alone. Without one nothing is signed. --rotate makes another one; both sign until --forget-old.

Attempts
  Each end becomes a job of its own, in the transaction that forgets it, so that it is told once, whoever dies in between; should the answer of a receiver be lost, it comes again under its id. That job succeeds when it is answered with 2xx within ${timeout} (setting webhook_timeout), and is tried ${deliveryAttempts} times: after ${
    deliveryWaits.map((ms) => formatDuration(ms)).join(", ")
  }, three days in all. Then it is a dead letter, and dlq retry gives it all of them again. show and logs tell what was answered.
  410 Gone ends it at once, and takes the webhook away from the queues that have it. Redirects are not followed, and count as failures as anything else does. HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the worker's environment are heeded, and so is DENO_CERT, a file with the certificate of an authority of your own; DENO_TLS_CA_STORE=system believes those that the system believes.

Where they run
  In the queue "${webhooksQueue}", which is for them alone. Every worker takes them, whatever its own queues, up to ${deliverySlots} at once and beside its slots: they wait for no job, no job waits for them, and no limit of the job's queue counts them. For more at once: worker start --queues ${webhooksQueue} --concurrency 20. The queue can be paused and limited as any other; its jobs have the receiver's host as their key, so that queue set ${webhooksQueue} --key-limit 1 is one at once for each receiver.
  hook_of is the job whose end it is. edit changes their time, priority and attempts, and nothing else of them. They tell of no ends themselves, nor do the jobs of on_dead, and on_dead is not for them. prune deletes them as it does others.

Who may set one
  Whoever may enqueue a job, also over HTTP: that is whoever may run commands as you, so a webhook gives nobody more than that. It is posted from a worker's host, and so reaches what that host reaches. Prefer https: over http everybody on the way can read what is posted. A name and password in the URL are sent as Basic authentication and shown nowhere, but stored in clear with the job. Shown is https://…@host/path, which is refused as a webhook: it would lose them. Nothing else of a URL is hidden: its path and query are seen by everybody who may read the queue, so a token has its place in the name or password.
`;
}
