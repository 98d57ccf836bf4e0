/** What the API answers and takes, as the server's schemas say it. Types alone are imported, so none of them is shipped. */

import type { z } from "zod";
import type { deadGroup, purgedDead, retriedDead } from "../../web/schemas/dead_letter.ts";
import type { explanation } from "../../web/schemas/explanation.ts";
import type { accepted, cancelledMany, changed, graph, job, shownJob } from "../../web/schemas/job.ts";
import type { jobPage } from "../../web/schemas/page.ts";
import type { problem } from "../../web/schemas/problem.ts";
import type { queue, renamedQueue } from "../../web/schemas/queue.ts";
import type { server } from "../../web/schemas/server.ts";
import type { statistics } from "../../web/schemas/statistics.ts";
import type { status } from "../../web/schemas/status.ts";
import type { state } from "../../web/schemas/values.ts";
import type { waiting } from "../../web/schemas/waiting.ts";
import type { worker } from "../../web/schemas/worker.ts";
import type { jobChange } from "../../web/schemas/job_change.ts";

export type Accepted = z.infer<typeof accepted>;
export type CancelledMany = z.infer<typeof cancelledMany>;
export type Changed = z.infer<typeof changed>;
export type DeadGroup = z.infer<typeof deadGroup>;
export type Explanation = z.infer<typeof explanation>;
export type Graph = z.infer<typeof graph>;
export type Job = z.infer<typeof job>;
export type JobChange = z.infer<typeof jobChange>;
export type JobPage = z.infer<typeof jobPage>;
export type JobState = z.infer<typeof state>;
export type Problem = z.infer<typeof problem>;
export type PurgedDead = z.infer<typeof purgedDead>;
export type Queue = z.infer<typeof queue>;
export type RenamedQueue = z.infer<typeof renamedQueue>;
export type RetriedDead = z.infer<typeof retriedDead>;
export type Server = z.infer<typeof server>;
export type ShownJob = z.infer<typeof shownJob>;
export type Statistics = z.infer<ReturnType<typeof statistics>>;
export type Status = z.infer<typeof status>;
export type Waiting = z.infer<typeof waiting>;
export type Worker = z.infer<typeof worker>;
