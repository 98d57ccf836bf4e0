/** The PostgreSQL schema, with the same numbers as SQLite's. A migration that was released is never edited. */

import type { Migration } from "../migrate.ts";
import { turnFunction } from "./turn_function.ts";

const version1 = `
CREATE TABLE @store (
  name  text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE @jobs (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          text NOT NULL UNIQUE,
  queue       text NOT NULL,
  limit_key   text,
  state       text NOT NULL
              CHECK (state IN ('pending', 'blocked', 'processing', 'completed', 'dead', 'cancelled')),
  reason      text,
  -- Of pending jobs: 0 ready, 1 waits for run_at, 2 held by a limit.
  gate        smallint NOT NULL CHECK (gate IN (0, 1, 2)),
  sort_at     bigint NOT NULL,
  priority    integer NOT NULL,
  command     text NOT NULL,
  argv        text,
  cwd         text,
  env         text,
  max_retries integer NOT NULL,
  attempts    integer NOT NULL DEFAULT 0,
  crash_count integer NOT NULL DEFAULT 0,
  run_count   integer NOT NULL DEFAULT 0,
  token       bigint NOT NULL DEFAULT 0,
  worker_id   text,
  run_at      bigint NOT NULL,
  created_at  bigint NOT NULL,
  updated_at  bigint NOT NULL,
  started_at  bigint,
  finished_at bigint,
  exit_code   integer,
  last_error  text
);

CREATE INDEX jobs_ready ON @jobs (queue, sort_at, seq) WHERE state = 'pending' AND gate = 0;
CREATE INDEX jobs_delayed ON @jobs (run_at) WHERE state = 'pending' AND gate = 1;
CREATE INDEX jobs_held ON @jobs (limit_key, sort_at, seq) WHERE state = 'pending' AND gate = 2;
CREATE INDEX jobs_live ON @jobs (worker_id) WHERE state = 'processing';
CREATE INDEX jobs_live_key ON @jobs (limit_key) WHERE state = 'processing' AND limit_key IS NOT NULL;
CREATE INDEX jobs_retrying ON @jobs (seq) WHERE state = 'pending' AND attempts > 0;
CREATE INDEX jobs_by_state ON @jobs (state, seq);

CREATE TABLE @runs (
  job_seq        bigint NOT NULL REFERENCES @jobs (seq) ON DELETE CASCADE,
  number         integer NOT NULL,
  token          bigint NOT NULL,
  mark           text NOT NULL,
  worker_id      text NOT NULL,
  adopted_by     text,
  detached_ms    bigint,
  host           text NOT NULL,
  pid            integer,
  start_identity text,
  started_at     bigint NOT NULL,
  finished_at    bigint,
  exit_code      integer,
  signal         text,
  outcome        text,
  intent         text,
  error          text,
  stdout_bytes   bigint,
  stderr_bytes   bigint,
  PRIMARY KEY (job_seq, number)
);

-- Apart from the runs, so that reading those stays cheap.
CREATE TABLE @outputs (
  job_seq bigint NOT NULL,
  number  integer NOT NULL,
  stream  text NOT NULL CHECK (stream IN ('out', 'err')),
  tail    bytea NOT NULL,
  PRIMARY KEY (job_seq, number, stream),
  FOREIGN KEY (job_seq, number) REFERENCES @runs (job_seq, number) ON DELETE CASCADE
);

-- Rewritten at each heartbeat; no column that changes is indexed, so that a page has room for it (HOT).
CREATE TABLE @workers (
  id             text PRIMARY KEY,
  pid            integer NOT NULL,
  start_identity text NOT NULL,
  host_name      text NOT NULL,
  host           text NOT NULL,
  supervisor_id  text,
  concurrency    integer NOT NULL,
  lease_ms       bigint NOT NULL,
  version        text NOT NULL,
  beat           bigint NOT NULL DEFAULT 0,
  started_at     bigint NOT NULL,
  heartbeat_at   bigint NOT NULL,
  stop           text CHECK (stop IN ('drain', 'detach', 'force'))
) WITH (fillfactor = 50);

CREATE TABLE @supervisors (
  id             text PRIMARY KEY,
  pid            integer NOT NULL,
  start_identity text NOT NULL,
  host           text NOT NULL,
  started_at     bigint NOT NULL,
  stop           text CHECK (stop IN ('drain', 'detach', 'force')),
  trouble        text
);

-- How many jobs stand in each bucket: the states, and 'failed' for pending jobs that have used attempts. In shards, of
-- which each connection uses one, since a row that every transaction changes lets only one go on at a time.
CREATE TABLE @counters (
  queue  text NOT NULL,
  bucket text NOT NULL,
  shard  integer NOT NULL,
  count  bigint NOT NULL,
  PRIMARY KEY (queue, bucket, shard)
) WITH (fillfactor = 50);
`;

const version2 = `
-- Tags that a worker must offer, sorted, with commas between them; and those that one offers.
ALTER TABLE @jobs ADD COLUMN needs text NOT NULL DEFAULT '';
ALTER TABLE @workers ADD COLUMN tags text NOT NULL DEFAULT '';

DROP INDEX @jobs_ready;
CREATE INDEX jobs_ready ON @jobs (queue, needs, sort_at, seq) WHERE state = 'pending' AND gate = 0;

-- Until when somebody reads the output of a run from another host, and when it was stored for them.
ALTER TABLE @runs ADD COLUMN watched_until bigint;
ALTER TABLE @runs ADD COLUMN published_at bigint;

-- Of Windows they have 32 bits without a sign.
ALTER TABLE @jobs ALTER COLUMN exit_code TYPE bigint;
ALTER TABLE @runs ALTER COLUMN exit_code TYPE bigint;

-- Compiled anew by each statement, which took 4 % of the server's time; the table of moves says the same.
ALTER TABLE @jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE @jobs DROP CONSTRAINT jobs_gate_check;

-- A claim walks over what is dead at the head of its index until that is vacuumed, so it is by thousands, however many
-- finished jobs there are.
ALTER TABLE @jobs SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
`;

const version3 = `
ALTER TABLE @jobs ADD COLUMN timeout_ms bigint;
ALTER TABLE @jobs ADD COLUMN kill_after_ms bigint;
-- 1 where a processing job is to be cancelled. Here and not with the run, since it is read under the job's lock.
ALTER TABLE @jobs ADD COLUMN cancel_requested smallint NOT NULL DEFAULT 0;

-- Jobs whose end somebody waits for, so that only their ends are told. Without a foreign key, which would lock the job.
CREATE TABLE @waits (
  job_seq bigint PRIMARY KEY
);

-- What a job says about its outcomes and waits, as JSON (JobRules); NULL where it says nothing.
ALTER TABLE @jobs ADD COLUMN rules text;
ALTER TABLE @jobs ADD COLUMN snooze_count integer NOT NULL DEFAULT 0;
`;

const version4 = `
ALTER TABLE @jobs ADD COLUMN label text;
-- A JSON object of texts; NULL where it is empty.
ALTER TABLE @jobs ADD COLUMN meta text;
ALTER TABLE @jobs ADD COLUMN expires_at bigint;
CREATE INDEX jobs_expiring ON @jobs (expires_at) WHERE state = 'pending' AND run_count = 0 AND expires_at IS NOT NULL;

ALTER TABLE @runs ADD COLUMN progress_percent smallint;
ALTER TABLE @runs ADD COLUMN progress_text text;
-- Signals that are still to be sent to its processes, in their order, with commas between; NULL for none.
ALTER TABLE @runs ADD COLUMN asked_signals text;
`;

const queueTables = `
-- needs also says slots and resources (formatDemand); resources of a worker's host are for all of its workers.
ALTER TABLE @workers ADD COLUMN queues text NOT NULL DEFAULT 'default';
ALTER TABLE @workers ADD COLUMN resources text NOT NULL DEFAULT '';
-- Why it claims nothing for now.
ALTER TABLE @workers ADD COLUMN held text;

-- For how long of waiting a step of priority counts; NULL where priority is strict.
ALTER TABLE @jobs ADD COLUMN priority_step_ms bigint;

-- Compared by their bytes: prefixes are then neighbours in an index, whatever language the database speaks.
ALTER TABLE @jobs ALTER COLUMN queue TYPE text COLLATE "C", ALTER COLUMN limit_key TYPE text COLLATE "C",
  ALTER COLUMN needs TYPE text COLLATE "C";

CREATE TABLE @queues (
  name            text COLLATE "C" PRIMARY KEY,
  state           text NOT NULL CHECK (state IN ('open', 'paused', 'draining')),
  live_limit      integer,
  key_limit       integer,
  rate_count      integer,
  rate_per_ms     bigint,
  throttled_until bigint,
  -- What its jobs get that do not say it themselves, as JSON (QueueDefaults).
  defaults        text,
  -- The last key whose gates were set anew since key_limit has changed; NULL when all are.
  regated_through text
);

-- The last starts of a queue that has a rate, as many as it counts.
CREATE TABLE @starts (
  queue      text COLLATE "C" NOT NULL,
  number     bigint NOT NULL,
  started_at bigint NOT NULL,
  PRIMARY KEY (queue, number)
);

-- Of all queues the best first, for who takes jobs from all.
CREATE INDEX jobs_first ON @jobs (sort_at, seq) WHERE state = 'pending' AND gate = 0;
-- Of jobs with a key, by arrival: those that are ready, held, and running; and what runs, by its queue.
DROP INDEX @jobs_held;
DROP INDEX @jobs_live_key;
DROP INDEX @jobs_live;
CREATE INDEX jobs_ready_key ON @jobs (queue, limit_key, seq) WHERE state = 'pending' AND gate = 0 AND limit_key IS NOT NULL;
CREATE INDEX jobs_held ON @jobs (queue, limit_key, seq) WHERE state = 'pending' AND gate = 2;
CREATE INDEX jobs_live_key ON @jobs (queue, limit_key) WHERE state = 'processing' AND limit_key IS NOT NULL;
CREATE INDEX jobs_live ON @jobs (queue, worker_id) WHERE state = 'processing';

-- Which jobs (children) wait for which others (parents).
CREATE TABLE @dependencies (
  parent_seq bigint NOT NULL REFERENCES @jobs (seq) ON DELETE CASCADE,
  child_seq  bigint NOT NULL REFERENCES @jobs (seq) ON DELETE CASCADE,
  awaits     text NOT NULL CHECK (awaits IN ('completed', 'ended', 'dead')),
  state      text NOT NULL CHECK (state IN ('open', 'met', 'broken')),
  PRIMARY KEY (parent_seq, child_seq)
);
CREATE INDEX dependencies_of_child ON @dependencies (child_seq);
CREATE INDEX dependencies_open ON @dependencies (parent_seq, child_seq) WHERE state = 'open';
-- Of a child: how many of its dependencies are not met; and the parent whose end cancelled it.
ALTER TABLE @jobs ADD COLUMN open_parents integer NOT NULL DEFAULT 0;
ALTER TABLE @jobs ADD COLUMN broken_by bigint;

-- What is still to be passed on of a job: that it has ended, or is to run after all, to its children; that it died, to
-- the hook.
CREATE TABLE @endings (
  job_seq bigint NOT NULL REFERENCES @jobs (seq) ON DELETE CASCADE,
  kind    text NOT NULL CHECK (kind IN ('ended', 'revived', 'died')),
  PRIMARY KEY (job_seq, kind)
);
ALTER TABLE @jobs ADD COLUMN hook_of text;

-- Also of jobs that wait for others.
DROP INDEX @jobs_expiring;
CREATE INDEX jobs_expiring ON @jobs (expires_at)
  WHERE state IN ('pending', 'blocked') AND run_count = 0 AND expires_at IS NOT NULL;

-- Which job has which key alone; without an end for as long as the job is unfinished.
CREATE TABLE @unique_keys (
  key        text PRIMARY KEY,
  job_seq    bigint NOT NULL REFERENCES @jobs (seq) ON DELETE CASCADE,
  expires_at bigint
);
CREATE UNIQUE INDEX unique_keys_of_job ON @unique_keys (job_seq);
ALTER TABLE @jobs ADD COLUMN unique_key text;

DROP FUNCTION IF EXISTS @turn;
${turnFunction}`;

const inputsTable = `
-- How many bytes a job reads from its standard input; NULL for none. What they are is apart from the jobs, so that
-- their rows stay small. As a file they cannot be here, which several hosts share.
ALTER TABLE @jobs ADD COLUMN stdin_bytes bigint;
CREATE TABLE @inputs (
  job_seq bigint PRIMARY KEY REFERENCES @jobs (seq) ON DELETE CASCADE,
  content bytea,
  file    text,
  CHECK ((content IS NULL) <> (file IS NULL))
);
CREATE INDEX inputs_files ON @inputs (file) WHERE file IS NOT NULL;
`;

/** Of statistics; see ../statistics.ts. */
const statistics = `
-- What is counted of the runs that ended in a minute, until it is packed; in shards, as the counters.
CREATE TABLE @tallies (
  at       bigint NOT NULL,
  queue    text COLLATE "C" NOT NULL,
  program  text COLLATE "C" NOT NULL,
  measure  text COLLATE "C" NOT NULL,
  bucket   text COLLATE "C" NOT NULL,
  shard    integer NOT NULL,
  count    bigint NOT NULL,
  total_ms bigint NOT NULL,
  PRIMARY KEY (at, queue, program, measure, bucket, shard)
) WITH (fillfactor = 50);

-- The same of a span of time, packed as JSON; those of a span of 0 are the totals, without programs.
CREATE TABLE @statistics (
  span_ms bigint NOT NULL,
  at      bigint NOT NULL,
  queue   text COLLATE "C" NOT NULL,
  program text COLLATE "C" NOT NULL,
  counts  text NOT NULL,
  PRIMARY KEY (span_ms, at, queue, program)
);
`;

/** Of traces. */
const tracing = `
-- The W3C trace context in which it was enqueued.
ALTER TABLE @jobs ADD COLUMN traceparent text;
`;

/** For the server: what has changed, and the answers to requests that may come twice. */
const served = `
CREATE INDEX jobs_updated ON @jobs (updated_at, seq);

CREATE TABLE @answers (
  key        text PRIMARY KEY,
  -- The SHA-256 of what was asked.
  request    text NOT NULL,
  -- What was accepted, as JSON.
  accepted   text NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX answers_by_age ON @answers (created_at);
`;

/** Of webhooks. */
const webhooks = `
-- The URL that the end of a job is posted to, or that it posts the end of hook_of to; of a queue, for jobs without one.
ALTER TABLE @jobs ADD COLUMN webhook text;
ALTER TABLE @queues ADD COLUMN webhook text;

-- Ends of which webhooks are still to be told, with the job's row as it was then, as JSON.
CREATE TABLE @webhook_events (
  id  text COLLATE "C" PRIMARY KEY,
  url text NOT NULL,
  job text NOT NULL
);
`;

const version5 = [queueTables, inputsTable, statistics, tracing, served, webhooks].join("");

export const migrations: readonly Migration[] = [
  { version: 1, sql: version1 },
  { version: 2, sql: version2 },
  { version: 3, sql: version3 },
  { version: 4, sql: version4 },
  { version: 5, sql: version5 },
];
