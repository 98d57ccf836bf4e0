/** Every route of the API, in the order of its documentation. */

import type { Route } from "./route.ts";
import {
  cancelJobRoute,
  cancelManyRoute,
  editJobRoute,
  removeJobRoute,
  removeManyRoute,
  retryJobRoute,
  retryManyRoute,
  signalJobRoute,
} from "./routes/change_jobs.ts";
import { changeQueueRoute, renameQueueRoute } from "./routes/change_queues.ts";
import { deadGroupsRoute, deadLettersRoute, purgeDeadRoute, retryDeadRoute } from "./routes/dead_letters.ts";
import { enqueueRoute } from "./routes/enqueue.ts";
import { eventsRoute } from "./routes/events.ts";
import { stderrRoute, stdoutRoute } from "./routes/output.ts";
import { explainJobRoute, graphRoute, listJobsRoute, showJobRoute } from "./routes/read_jobs.ts";
import { queueRoute, queuesRoute, statusRoute, waitingRoute, workersRoute } from "./routes/read_queue.ts";
import { serverRoute } from "./routes/server.ts";
import { statisticsRoute } from "./routes/statistics.ts";

export const routes: readonly Route[] = [
  enqueueRoute,
  listJobsRoute,
  cancelManyRoute,
  retryManyRoute,
  removeManyRoute,
  showJobRoute,
  explainJobRoute,
  graphRoute,
  editJobRoute,
  removeJobRoute,
  cancelJobRoute,
  retryJobRoute,
  signalJobRoute,
  stdoutRoute,
  stderrRoute,
  deadLettersRoute,
  deadGroupsRoute,
  retryDeadRoute,
  purgeDeadRoute,
  queuesRoute,
  queueRoute,
  changeQueueRoute,
  renameQueueRoute,
  workersRoute,
  statusRoute,
  waitingRoute,
  statisticsRoute,
  serverRoute,
  eventsRoute,
];
