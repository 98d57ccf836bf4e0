/** The help topic about jobs that wait for others. */
export function dependenciesText(): string {
  return `Jobs that wait for others

  queuectl enqueue --after fetch,unpack -- ./index
  queuectl enqueue --after-any index -- ./clean-up
  queuectl enqueue --after-fail fetch -- ./complain

The first waits until both are completed, the second until index has ended, however, and the third until fetch is dead. Until then they are blocked. What has ended before counts too. In JSON these are after, after_any and after_fail, lists of ids.

When one of them has ended in another way, the job is cancelled at once with that as its reason, and so on down the graph; who waits by --after-any for a cancelled job runs.

  queuectl retry fetch --cascade

lets wait again what was cancelled so; without --cascade only fetch runs again. dlq retry takes --cascade too.

The jobs of one file may wait for each other, in any order. Unknown jobs are refused, and so are cycles, which are named; then nothing of the file is accepted. They may be in different queues.

A job that is opened takes its place in its queue by when it was enqueued, and is held by whatever else holds a job there: a pause, a limit, a key. A blocked job can be cancelled, edited and moved to another queue, and it expires. It has its unique key while it waits, and not when it is cancelled. A queue that drains is empty when its blocked jobs are over, too.

A job for which others still wait is not removed, purged or pruned.

  queuectl graph fetch      what waits for what
  queuectl explain ID       what it waits for, and what would hold it then
`;
}
