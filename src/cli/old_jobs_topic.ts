/** The help topic about dead letters and old jobs. */
export function oldJobsText(): string {
  return `Dead letters and old jobs

A job that has used its attempts, or is given up at once, is dead: it waits until somebody looks at it. Nothing deletes it by itself.

  queuectl dlq list --group

shows of what they died: how many have the same exit code and the same last line of their error. Numbers, ids, times, paths, addresses and quoted texts are put as <n>, <id>, <time>, <path>, <url> and <text>, so that they do not tell jobs apart. The id of a group is made of that line, so it stays the same.

  queuectl dlq list --group=GROUP
  queuectl dlq retry --group GROUP --pace 10/s
  queuectl dlq purge --group GROUP

The same filters go with each of the three: --queue, --exit-code, --contains (a part of the command or of the last error), --older-than 7d (died that long ago, or longer) and --since 2h (died since then). Who changes jobs by a filter is told their number and asked; without a terminal --yes is needed.

--pace spreads the due times: with 10/s each job is due a tenth of a second after the one before it. It does not hold jobs back that are enqueued meanwhile.

Finished jobs stay too, with their runs and up to 64 KB of each output, until they are deleted:

  queuectl prune --dry-run
  queuectl prune --older-than 7d --yes

That means completed and cancelled jobs; dead ones only with --state dead. Jobs for whose end others still wait, or whose unique key is still taken, are left. It goes in small steps, beside workers that go on, and may be ended at any time. The file gets smaller by what they took.

  queuectl config set prune_after 30d

has workers do the same every few minutes: completed and cancelled jobs only.
`;
}
