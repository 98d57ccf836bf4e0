/**
 * A worker's turn: settles a run and claims from one queue, or from all, what needs nothing special, or one of the two, in one call. Inside the server, since at
 * the rate of no-op jobs each statement that is sent costs as much as the jobs do. What it changes in the counters is
 * for its caller to write (`turn.ts`). Part of the schema: once released, a change of it is a migration.
 *
 * Locks are taken in one order: workers, jobs and what belongs to them, counters. Otherwise two could wait for each other.
 */

import { cancelReason, tooLateReason } from "../../core/transitions.ts";
import { sortKey } from "./jobs.ts";
import { earliestDue, hasDemanding, readyOf } from "./waiting.ts";
import { finalStates } from "./waits.ts";
import { eventValues } from "./webhook_events.ts";

/** How many due jobs one claim makes ready at most, so that no claim takes long. */
export const promotionBatch = 500;

const hasLimits = (queue: string) =>
  `EXISTS (SELECT FROM @queues WHERE name = ${queue} AND (state = 'paused' OR coalesce(
     live_limit, key_limit, rate_count, throttled_until) IS NOT NULL OR regated_through IS NOT NULL))`;

// One statement each for one queue and for all: what depends on that would be planned anew in each turn.
const startRun = (seq: string) =>
  `UPDATE @jobs SET state = 'processing', run_count = run_count + 1, token = token + 1, worker_id = _worker,
                 started_at = _now, updated_at = _now
          WHERE seq = ${seq} AND (run_count > 0 OR expires_at IS NULL OR expires_at > _now) RETURNING * INTO job;`;

// Whatever the planner believes of a table that has just been made, a claim stays an index lookup.
export const turnFunction = `
CREATE OR REPLACE FUNCTION @turn(
    _now bigint, _worker text, _queue text, _marks text[], _seq bigint, _number integer, _token bigint, _state text,
    _reason text, _wait bigint, _latest bigint, _attempts integer, _crashes integer, _snoozes integer, _keeps_exit boolean,
    _outcome text, _exit_code bigint, _signal text, _error text, _pid integer, _start_identity text, _out_bytes bigint, _err_bytes bigint, _out bytea,
    _err bytea
  ) RETURNS TABLE (what text, job @jobs) LANGUAGE plpgsql SET enable_seqscan = off AS $$
  #variable_conflict use_column
  DECLARE
    claimer record;
    settled @jobs;
    is_awaited boolean;
    has_children boolean;
    -- Where its end is to be told.
    _webhook text;
    -- When it is due again, if it is.
    again bigint := CASE WHEN _wait IS NOT NULL THEN least(_now + _wait, 8640000000000000) END;
    is_limited boolean;
    -- Of all queues the best job, where all are meant.
    head_seq bigint;
    head_needs text;
    claimed integer := 0;
  BEGIN
    -- Registered, and not told to stop; nobody removes or marks it meanwhile.
    SELECT id, host, tags <> '' OR resources <> '' OR concurrency > 1 AS offers_more,
           ${earliestDue} <= _now AS sees_due
    INTO claimer FROM @workers WHERE id = _worker AND stop IS NULL FOR SHARE;
    IF _seq IS NOT NULL THEN
      IF again > _latest THEN
        _state := 'dead';
        _reason := '${tooLateReason}';
        again := NULL;
      END IF;
      FOR try IN 1 .. 2 LOOP
        -- The token fences.
        UPDATE @jobs SET state = _state, reason = _reason, gate = CASE WHEN again > _now THEN 1 ELSE 0 END,
               sort_at = ${sortKey("coalesce(again, run_at)")}, attempts = _attempts, crash_count = _crashes,
               snooze_count = _snoozes,
               run_at = coalesce(again, run_at), updated_at = _now, finished_at = CASE WHEN _state <> 'pending' THEN _now END,
               exit_code = CASE WHEN _keeps_exit THEN exit_code ELSE _exit_code END, last_error = _error, worker_id = NULL
        WHERE seq = _seq AND token = _token AND run_count = _number AND state = 'processing'
          AND (cancel_requested = 0 OR _state IN ('completed', 'cancelled')) RETURNING * INTO settled;
        EXIT WHEN settled.seq IS NOT NULL;
        -- If it is to be cancelled, it does not run again, whatever else its run came to.
        _state := 'cancelled';
        _reason := '${cancelReason}';
        again := NULL;
      END LOOP;
      IF settled.seq IS NULL THEN RETURN; END IF;
      UPDATE @runs SET finished_at = _now, outcome = _outcome, exit_code = _exit_code, signal = _signal, error = _error,
             pid = _pid, start_identity = _start_identity, stdout_bytes = _out_bytes, stderr_bytes = _err_bytes
      WHERE job_seq = _seq AND number = _number
      RETURNING EXISTS (SELECT FROM @waits WHERE job_seq = _seq),
                EXISTS (SELECT FROM @dependencies WHERE parent_seq = _seq AND state = 'open') INTO is_awaited, has_children;
      IF _out IS NOT NULL OR _err IS NOT NULL THEN
        INSERT INTO @outputs (job_seq, number, stream, tail)
        SELECT _seq, _number, stream, tail FROM (VALUES ('out', _out), ('err', _err)) AS given (stream, tail)
        WHERE tail IS NOT NULL
        ON CONFLICT (job_seq, number, stream) DO UPDATE SET tail = excluded.tail;
      END IF;
      IF is_awaited AND _state IN (${finalStates}) THEN
        DELETE FROM @waits WHERE job_seq = _seq;
        PERFORM pg_notify('queuectl_end_' || nspname, '') FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid
        WHERE pg_class.oid = '@waits'::regclass;
      END IF;
      IF settled.unique_key IS NOT NULL AND _state IN (${finalStates}) THEN
        DELETE FROM @unique_keys WHERE job_seq = _seq AND expires_at IS NULL;
      END IF;
      IF _state IN (${finalStates}) AND settled.hook_of IS NULL THEN
        _webhook := coalesce(settled.webhook, (SELECT webhook FROM @queues WHERE name = settled.queue));
        IF _webhook IS NOT NULL THEN
          INSERT INTO @webhook_events (id, url, job) VALUES (${eventValues("settled", "_webhook")});
        END IF;
      END IF;
      IF _state IN (${finalStates})
         AND (has_children OR _webhook IS NOT NULL OR (_state = 'dead' AND settled.hook_of IS NULL)) THEN
        INSERT INTO @endings (job_seq, kind)
        SELECT _seq, kind FROM (
          VALUES ('ended', has_children), ('died', _state = 'dead' AND settled.hook_of IS NULL)
        ) AS noted (kind, is_so) WHERE is_so ON CONFLICT (job_seq, kind) DO NOTHING;
        what := 'ends';
        job := NULL;
        RETURN NEXT;
      END IF;
      what := 'settled';
      job := settled;
      RETURN NEXT;
    END IF;
    IF claimer.id IS NOT NULL THEN
      what := 'claimer';
      job := NULL;
      RETURN NEXT;
      IF claimer.sees_due THEN
        -- Those whose keys have limits take their places in line under a lock (gates.ts).
        SELECT EXISTS (
          SELECT FROM (SELECT queue, limit_key FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= _now
                       ORDER BY run_at LIMIT ${promotionBatch}) AS due
          WHERE limit_key IS NOT NULL AND EXISTS (SELECT FROM @queues WHERE name = queue AND key_limit IS NOT NULL))
        INTO is_limited;
        IF is_limited THEN
          what := 'limited';
          RETURN NEXT;
          RETURN;
        END IF;
        -- Their time has come; what another claim is just opening is passed over.
        UPDATE @jobs SET gate = 0 WHERE seq = ANY (ARRAY(
          SELECT seq FROM @jobs WHERE state = 'pending' AND gate = 1 AND run_at <= _now
          ORDER BY run_at LIMIT ${promotionBatch} FOR UPDATE SKIP LOCKED
        ));
      END IF;
      -- Not before the worker's row is locked: whoever sets limits locks those of all workers. What has limits, and what
      -- demands more than a slot, is for a claim that looks at all of it (claims.ts).
      SELECT ${hasLimits("_queue")} INTO is_limited;
      IF claimer.offers_more AND NOT is_limited THEN
        SELECT ${hasDemanding("_queue")} INTO is_limited;
      END IF;
      IF is_limited THEN
        what := 'limited';
        RETURN NEXT;
        RETURN;
      END IF;
      WHILE claimed < cardinality(_marks) LOOP
        IF _queue = '*' THEN
          SELECT seq, needs, ${
  hasLimits("queue")
} INTO head_seq, head_needs, is_limited FROM @jobs WHERE state = 'pending' AND gate = 0
          ORDER BY sort_at, seq LIMIT 1 FOR UPDATE SKIP LOCKED;
          IF head_needs <> '' OR is_limited THEN
            what := 'limited';
            job := NULL;
            RETURN NEXT;
            RETURN;
          END IF;
          ${startRun("head_seq")}
        ELSE
          ${
  startRun(`(SELECT seq FROM @jobs WHERE ${readyOf("_queue", "''")}
                    LIMIT 1 FOR UPDATE SKIP LOCKED)`)
}
        END IF;
        what := 'claimed';
        EXIT WHEN job.seq IS NULL;
        claimed := claimed + 1;
        INSERT INTO @runs (job_seq, number, token, mark, worker_id, host, started_at)
        VALUES (job.seq, job.run_count, job.token, _marks[claimed], _worker, claimer.host, _now);
        RETURN NEXT;
      END LOOP;
    END IF;
  END $$;
`;
