/** The SQLite schema, migration by migration. A migration that was released is never edited. */

import type { Migration } from "../migrate.ts";

/** Marks a SQLite file as ours ("qctl" in ASCII), so that no other program's file is ever written to. */
export const applicationId = 0x7163746c;

const version1 = `
CREATE TABLE store (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  queue       TEXT NOT NULL,
  limit_key   TEXT,
  state       TEXT NOT NULL
              CHECK (state IN ('pending', 'blocked', 'processing', 'completed', 'dead', 'cancelled')),
  reason      TEXT,
  -- Of pending jobs: 0 ready, 1 waits for run_at, 2 held by a limit.
  gate        INTEGER NOT NULL CHECK (gate IN (0, 1, 2)),
  sort_at     INTEGER NOT NULL,
  priority    INTEGER NOT NULL,
  command     TEXT NOT NULL,
  argv        TEXT,
  cwd         TEXT,
  env         TEXT,
  max_retries INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  crash_count INTEGER NOT NULL DEFAULT 0,
  run_count   INTEGER NOT NULL DEFAULT 0,
  token       INTEGER NOT NULL DEFAULT 0,
  worker_id   TEXT,
  run_at      INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  started_at  INTEGER,
  finished_at INTEGER,
  exit_code   INTEGER,
  last_error  TEXT
) STRICT;

-- Literal conditions: a bound parameter does not match a partial index.
CREATE INDEX jobs_ready ON jobs (queue, sort_at, seq) WHERE state = 'pending' AND gate = 0;
CREATE INDEX jobs_delayed ON jobs (run_at) WHERE state = 'pending' AND gate = 1;
CREATE INDEX jobs_held ON jobs (limit_key, sort_at, seq) WHERE state = 'pending' AND gate = 2;
CREATE INDEX jobs_live ON jobs (queue, limit_key) WHERE state = 'processing';
CREATE INDEX jobs_live_key ON jobs (limit_key) WHERE state = 'processing' AND limit_key IS NOT NULL;
CREATE INDEX jobs_retrying ON jobs (seq) WHERE state = 'pending' AND attempts > 0;
CREATE INDEX jobs_by_state ON jobs (state, seq);

CREATE TABLE runs (
  job_seq        INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  number         INTEGER NOT NULL,
  token          INTEGER NOT NULL,
  mark           TEXT NOT NULL,
  worker_id      TEXT NOT NULL,
  adopted_by     TEXT,
  detached_ms    INTEGER,
  host           TEXT NOT NULL,
  pid            INTEGER,
  start_identity TEXT,
  started_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  exit_code      INTEGER,
  signal         TEXT,
  outcome        TEXT,
  intent         TEXT,
  error          TEXT,
  stdout_bytes   INTEGER,
  stderr_bytes   INTEGER,
  PRIMARY KEY (job_seq, number)
) STRICT, WITHOUT ROWID;

-- Apart from the runs, so that reading those stays cheap.
CREATE TABLE outputs (
  job_seq INTEGER NOT NULL,
  number  INTEGER NOT NULL,
  stream  TEXT NOT NULL CHECK (stream IN ('out', 'err')),
  tail    BLOB NOT NULL,
  PRIMARY KEY (job_seq, number, stream),
  FOREIGN KEY (job_seq, number) REFERENCES runs (job_seq, number) ON DELETE CASCADE
) STRICT;

CREATE TABLE workers (
  id             TEXT PRIMARY KEY,
  pid            INTEGER NOT NULL,
  start_identity TEXT NOT NULL,
  host_name      TEXT NOT NULL,
  host           TEXT NOT NULL,
  supervisor_id  TEXT,
  concurrency    INTEGER NOT NULL,
  lease_ms       INTEGER NOT NULL,
  version        TEXT NOT NULL,
  beat           INTEGER NOT NULL DEFAULT 0,
  started_at     INTEGER NOT NULL,
  heartbeat_at   INTEGER NOT NULL,
  stop           TEXT CHECK (stop IN ('drain', 'detach', 'force'))
) STRICT, WITHOUT ROWID;

CREATE TABLE supervisors (
  id             TEXT PRIMARY KEY,
  pid            INTEGER NOT NULL,
  start_identity TEXT NOT NULL,
  host           TEXT NOT NULL,
  started_at     INTEGER NOT NULL,
  stop           TEXT CHECK (stop IN ('drain', 'detach', 'force')),
  trouble        TEXT
) STRICT, WITHOUT ROWID;

-- How many jobs stand in each bucket: the states, and 'failed' for pending jobs that have used attempts.
CREATE TABLE counters (
  queue  TEXT NOT NULL,
  bucket TEXT NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (queue, bucket)
) STRICT, WITHOUT ROWID;
`;

const version2 = `
-- Tags that a worker must offer, sorted, with commas between them; and those that one offers.
ALTER TABLE jobs ADD COLUMN needs TEXT NOT NULL DEFAULT '';
ALTER TABLE workers ADD COLUMN tags TEXT NOT NULL DEFAULT '';

DROP INDEX jobs_ready;
CREATE INDEX jobs_ready ON jobs (queue, needs, sort_at, seq) WHERE state = 'pending' AND gate = 0;

-- Until when somebody reads the output of a run from another host, and when it was stored for them.
ALTER TABLE runs ADD COLUMN watched_until INTEGER;
ALTER TABLE runs ADD COLUMN published_at INTEGER;
`;

const version3 = `
ALTER TABLE jobs ADD COLUMN timeout_ms INTEGER;
ALTER TABLE jobs ADD COLUMN kill_after_ms INTEGER;
-- 1 where a processing job is to be cancelled. Here and not with the run, since it is read under the job's lock.
ALTER TABLE jobs ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0;
-- What a job says about its outcomes and waits, as JSON (JobRules); NULL where it says nothing.
ALTER TABLE jobs ADD COLUMN rules TEXT;
ALTER TABLE jobs ADD COLUMN snooze_count INTEGER NOT NULL DEFAULT 0;
`;

const version4 = `
ALTER TABLE jobs ADD COLUMN label TEXT;
-- A JSON object of texts; NULL where it is empty.
ALTER TABLE jobs ADD COLUMN meta TEXT;
ALTER TABLE jobs ADD COLUMN expires_at INTEGER;
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE state = 'pending' AND run_count = 0 AND expires_at IS NOT NULL;

ALTER TABLE runs ADD COLUMN progress_percent INTEGER;
ALTER TABLE runs ADD COLUMN progress_text TEXT;
-- Signals that are still to be sent to its processes, in their order, with commas between; NULL for none.
ALTER TABLE runs ADD COLUMN asked_signals TEXT;
`;

const queueTables = `
-- needs also says slots and resources (formatDemand); resources of a worker's host are for all of its workers.
ALTER TABLE workers ADD COLUMN queues TEXT NOT NULL DEFAULT 'default';
ALTER TABLE workers ADD COLUMN resources TEXT NOT NULL DEFAULT '';
-- Why it claims nothing for now.
ALTER TABLE workers ADD COLUMN held TEXT;

-- For how long of waiting a step of priority counts; NULL where priority is strict.
ALTER TABLE jobs ADD COLUMN priority_step_ms INTEGER;

CREATE TABLE queues (
  name            TEXT PRIMARY KEY,
  state           TEXT NOT NULL CHECK (state IN ('open', 'paused', 'draining')),
  live_limit      INTEGER,
  key_limit       INTEGER,
  rate_count      INTEGER,
  rate_per_ms     INTEGER,
  throttled_until INTEGER,
  -- What its jobs get that do not say it themselves, as JSON (QueueDefaults).
  defaults        TEXT,
  -- The last key whose gates were set anew since key_limit has changed; NULL when all are.
  regated_through TEXT
) STRICT, WITHOUT ROWID;

-- The last starts of a queue that has a rate, as many as it counts.
CREATE TABLE starts (
  queue      TEXT NOT NULL,
  number     INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  PRIMARY KEY (queue, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX queues_marked ON queues (name) WHERE regated_through IS NOT NULL;

-- Of all queues the best first, for who takes jobs from all.
CREATE INDEX jobs_first ON jobs (sort_at, seq) WHERE state = 'pending' AND gate = 0;
-- Of jobs with a key, by arrival: those that are ready, held, and running.
DROP INDEX jobs_held;
DROP INDEX jobs_live_key;
CREATE INDEX jobs_ready_key ON jobs (queue, limit_key, seq) WHERE state = 'pending' AND gate = 0 AND limit_key IS NOT NULL;
CREATE INDEX jobs_held ON jobs (queue, limit_key, seq) WHERE state = 'pending' AND gate = 2;
CREATE INDEX jobs_live_key ON jobs (queue, limit_key) WHERE state = 'processing' AND limit_key IS NOT NULL;

-- Which jobs (children) wait for which others (parents).
CREATE TABLE dependencies (
  parent_seq INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  child_seq  INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  awaits     TEXT NOT NULL CHECK (awaits IN ('completed', 'ended', 'dead')),
  state      TEXT NOT NULL CHECK (state IN ('open', 'met', 'broken')),
  PRIMARY KEY (parent_seq, child_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependencies_of_child ON dependencies (child_seq);
CREATE INDEX dependencies_open ON dependencies (parent_seq, child_seq) WHERE state = 'open';
-- Of a child: how many of its dependencies are not met; and the parent whose end cancelled it.
ALTER TABLE jobs ADD COLUMN open_parents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN broken_by INTEGER;

-- What is still to be passed on of a job: that it has ended, or is to run after all, to its children; that it died, to
-- the hook.
CREATE TABLE endings (
  job_seq INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('ended', 'revived', 'died')),
  PRIMARY KEY (job_seq, kind)
) STRICT, WITHOUT ROWID;
ALTER TABLE jobs ADD COLUMN hook_of TEXT;

-- Also of jobs that wait for others.
DROP INDEX jobs_expiring;
CREATE INDEX jobs_expiring ON jobs (expires_at)
  WHERE state IN ('pending', 'blocked') AND run_count = 0 AND expires_at IS NOT NULL;

-- Which job has which key alone; without an end for as long as the job is unfinished.
CREATE TABLE unique_keys (
  key        TEXT PRIMARY KEY,
  job_seq    INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX unique_keys_of_job ON unique_keys (job_seq);
ALTER TABLE jobs ADD COLUMN unique_key TEXT;
`;

const inputsTable = `
-- How many bytes a job reads from its standard input; NULL for none. What they are is apart from the jobs, so that
-- their rows stay small: with the store, or the name of a file in the home.
ALTER TABLE jobs ADD COLUMN stdin_bytes INTEGER;
CREATE TABLE inputs (
  job_seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
  content BLOB,
  file    TEXT,
  CHECK ((content IS NULL) <> (file IS NULL))
) STRICT;
CREATE INDEX inputs_files ON inputs (file) WHERE file IS NOT NULL;
`;

/** Of statistics; see ../statistics.ts. */
const statistics = `
-- What is counted of the runs that ended in a minute, until it is packed. The shard is for databases in which several
-- write at once.
CREATE TABLE tallies (
  at       INTEGER NOT NULL,
  queue    TEXT NOT NULL,
  program  TEXT NOT NULL,
  measure  TEXT NOT NULL,
  bucket   TEXT NOT NULL,
  shard    INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  total_ms INTEGER NOT NULL,
  PRIMARY KEY (at, queue, program, measure, bucket, shard)
) STRICT, WITHOUT ROWID;

-- The same of a span of time, packed as JSON; those of a span of 0 are the totals, without programs.
CREATE TABLE statistics (
  span_ms INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  queue   TEXT NOT NULL,
  program TEXT NOT NULL,
  counts  TEXT NOT NULL,
  PRIMARY KEY (span_ms, at, queue, program)
) STRICT, WITHOUT ROWID;
`;

/** Of traces. */
const tracing = `
-- The W3C trace context in which it was enqueued.
ALTER TABLE jobs ADD COLUMN traceparent TEXT;
`;

/** For the server: what has changed, and the answers to requests that may come twice. */
const served = `
CREATE INDEX jobs_updated ON jobs (updated_at, seq) WHERE updated_at <> created_at;

CREATE TABLE answers (
  key        TEXT PRIMARY KEY,
  -- The SHA-256 of what was asked.
  request    TEXT NOT NULL,
  -- What was accepted, as JSON.
  accepted   TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (created_at);
`;

/** Of webhooks. */
const webhooks = `
-- The URL that the end of a job is posted to, or that it posts the end of hook_of to; of a queue, for jobs without one.
ALTER TABLE jobs ADD COLUMN webhook TEXT;
ALTER TABLE queues ADD COLUMN webhook TEXT;

-- Ends of which webhooks are still to be told, with the job's row as it was then, as JSON.
CREATE TABLE webhook_events (
  id  TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  job TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

const version5 = [queueTables, inputsTable, statistics, tracing, served, webhooks].join("");

export const migrations: readonly Migration[] = [
  { version: 1, sql: version1 },
  { version: 2, sql: version2 },
  { version: 3, sql: version3 },
  { version: 4, sql: version4 },
  { version: 5, sql: version5 },
];
