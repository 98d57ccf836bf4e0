/** Help topics: what belongs to no single command. Made of the program's own data wherever that is possible. */

import { gates } from "../core/explain_facts.ts";
import { hookVariables } from "../core/death_hook.ts";
import { jobStates } from "../core/job.ts";
import { formatDuration } from "../core/duration.ts";
import { leaseMarginMs } from "../core/lease.ts";
import { crashBudget } from "../core/transitions.ts";
import { defaultMaxSnoozes, defaultSnoozeMs } from "../core/job_rules.ts";
import { ruleFields, ruleHelp } from "../core/rules_payload.ts";
import { longestLabel, mostMeta } from "../core/description_payload.ts";
import { payloadFields } from "../core/job_payload.ts";
import { formatSetting, type SettingName, settingNames, settingRules } from "../core/settings.ts";
import { apiText } from "./api_topic.ts";
import { monitoringText } from "./monitoring_topic.ts";
import { dependenciesText } from "./dependency_topic.ts";
import { manyMachinesText } from "./many_machines_topic.ts";
import { queuesText } from "./queue_topic.ts";
import { oldJobsText } from "./old_jobs_topic.ts";
import { exitCodeHelp } from "./report_error.ts";
import { uniqueText } from "./unique_topic.ts";
import { webhooksText } from "./webhook_topic.ts";

export interface Topic {
  readonly name: string;
  readonly summary: string;
  text(): string;
}

const stateHelp: Readonly<Record<(typeof jobStates)[number], string>> = {
  pending: "waits: due now, delayed, or between two attempts (then it is also shown as failed)",
  blocked: "waits for other jobs, until each of them has ended as it wants",
  processing: "a worker runs it",
  completed: "ended with exit code 0, or another one that counts as success",
  dead: "out of attempts, or given up at once; it waits in the dead letter queue for `dlq retry`",
  cancelled:
    "will not run: cancel ended it or let it not begin, it has expired, or it waited for others in vain",
};

export const topics: readonly Topic[] = [
  { name: "states", summary: "the states of a job, retries and the dead letter queue", text: statesText },
  {
    name: "queues",
    summary: "queues, priorities, limits, and what a job takes of a worker",
    text: queuesText,
  },
  {
    name: "dependencies",
    summary: "jobs that wait for others, and what becomes of them",
    text: dependenciesText,
  },
  { name: "unique", summary: "jobs of which there is one at a time", text: uniqueText },
  {
    name: "old-jobs",
    summary: "dead letters: why, again, or away; and deleting finished jobs",
    text: oldJobsText,
  },
  { name: "webhooks", summary: "ends of jobs, posted to a URL and signed", text: webhooksText },
  { name: "settings", summary: "every setting, its default and when a change is felt", text: settingsText },
  { name: "json", summary: "the fields of a job file, and the shapes that --json prints", text: jsonText },
  { name: "exit-codes", summary: "what the exit codes mean", text: exitCodesText },
  { name: "files", summary: "the home: what is in it, and how it is found", text: filesText },
  {
    name: "monitoring",
    summary: "what Prometheus is told, and how: metrics, dashboard, alerts, traces",
    text: monitoringText,
  },
  {
    name: "many-machines",
    summary: "one queue for several hosts: PostgreSQL in place of the file",
    text: manyMachinesText,
  },
  { name: "api", summary: "the queue over HTTP: routes, errors, events, who may use it", text: apiText },
  {
    name: "host-loss",
    summary: "what is promised when a host or the PostgreSQL server is lost",
    text: hostLossText,
  },
  {
    name: "environment",
    summary: "variables that queuectl reads, and those that a job gets",
    text: environmentText,
  },
];

function columns(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
}

function statesText(): string {
  return `States of a job

${columns(jobStates.map((state) => [state, stateHelp[state]]))}

\`failed\` is a view, not a state: pending jobs that have used attempts and wait for the next one. \`list --state failed\` shows them; \`status\` counts them on a line of their own, and as pending too.

A run fails when its exit code is not 0, when it takes longer than its timeout, when its command is not found, or when a signal ends it. It then waits backoff_base ^ attempts seconds: 2, 4, 8 … by default. After max_retries attempts (3 in all by default) the job is dead.

When a worker dies, its jobs run on, and the next worker of that host adopts them. A run that is gone without an exit code is a crash: the job runs again and no attempt is charged, but three crashes in a row make it dead as well. \`worker stop --force\` hands jobs back and charges nothing.

A job may say itself what its exit codes mean:

  queuectl enqueue --ok-codes 0,3 --dead-codes 64 --snooze-codes 75 -- ./import

Here 0 and 3 are success (and nothing else is), 64 sends it to the dead letter queue at once, and 75 lets it come back later: after --snooze (${
    formatDuration(defaultSnoozeMs)
  }), which charges nothing. It may snooze max_snoozes times in all (${defaultMaxSnoozes}); after that its snooze codes mean failure, and \`dlq retry\` gives it all of them again. What ends by its timeout or by a signal without an exit code is a failure whatever the codes are.

A job that is of no use later may expire:

  queuectl enqueue --expires 30m -- ./remind
  queuectl enqueue --run-at 'tomorrow 9:00' --expires 'tomorrow 5pm' -- ./mail

If none of its runs has started by then it is cancelled, with the reason "expired", and never runs. Once a run has started, the expiry is of no matter. The expiry must be after the due time; the store's clock counts. \`queuectl retry\` lets an expired job run after all.

A job may wait for others (--after, --after-any, --after-fail): see \`queuectl help dependencies\`.

It may also say how long it waits between attempts, and until when:

  queuectl enqueue --backoff linear --backoff-base 30s --backoff-max 5m -- make
  queuectl enqueue --backoff 1s,5m --retry-until 2030-01-01T00:00:00Z -- make

The waits of the first are 30s, 1m, 1m30s and so on up to 5 minutes, those of the second 1s and from then on 5m. After retry_until no attempt begins but the first one: a job whose next one would is dead, with that as its reason. What a job does not say is as the settings have it.
`;
}

function settingsText(): string {
  const entries = settingNames.map((name) => {
    const rule = settingRules[name];
    return `  ${name} (${
      defaultText(name)
    })\n      ${rule.help}\n      ${rule.accepted}; felt by ${rule.effect}`;
  });
  return `Settings

They come from a command's flags (--max-retries), then from variables (QUEUECTL_MAX_RETRIES), then from config.json (queuectl config set), then from the defaults. - and _ in names are the same.

${entries.join("\n")}

A job keeps the max_retries that it was enqueued with. Running workers read config.json again before each run and each retry.
`;
}

function defaultText<Name extends SettingName>(name: Name): string {
  return formatSetting(name, settingRules[name].default);
}

function jsonText(): string {
  return `JSON

A job, as enqueue reads it (one object; in a file or pipe one object a line):

  ${payloadFields.join(", ")}

  command      the command line for the shell (required, unless argv is given)
  argv         a list of words, executed unchanged, in place of command
  id           1 to 128 letters, digits and . _ : -; made up when absent
  max_retries  attempts in all, 0 to 1000
  priority     -1000 to 1000, higher goes first
  run_at       not before this time: "2026-12-31T23:00:00Z", always with an offset, or in words by the caller's clock: "tomorrow 9:00", "next monday 8am", "in 2 hours"
  delay        not before this long from now: "10s", "5m", "2h30m"
  expires      cancelled unless a run has started by then: a duration from now ("30m"), or a time as run_at has it
  cwd          where it runs; the caller's folder when absent
  env          an object of variables
  env_from     a list of names of variables that it gets as they are where enqueue is called
  stdin        a text that it reads from its standard input, the same in each attempt
  label        what it is, for people: one line of at most ${longestLabel} characters
  meta         an object of texts that you want to know of it again: at most ${mostMeta}, names of letters, digits and _ . -
  needs        a list of tags; only a worker that offers them all runs it
  queue        the line in which it waits; "default" when absent
  key          jobs of one key run at most so many at once, where their queue has a key limit
  slots        how many of a worker's --concurrency it takes; 1 when absent
  resources    an object of what it takes of its host: {"gpu":1}
  after        a list of ids: not before these jobs are completed
  after_any    not before these have ended, however
  after_fail   only if these have died
  unique       a key of which there is no second job while it is unfinished
  unique_for   or for this long from now on, even if it ends sooner: "10m"
  on_conflict  what becomes of it where there is one: keep (that one), replace (it), reject, debounce
  webhook      the URL that its end is posted to; see queuectl help webhooks
  timeout      how long a run may take: "10m"; the setting job_timeout when absent
  kill_after   the grace between SIGTERM and SIGKILL; the setting when absent

  A time in words names one instant: a time of day that is past means the next one, and what is understood only in part, or may mean two things (5/6/2026), is refused.

  The rest are rules about how its runs may end and when it is tried again:

${columns(ruleFields.map((field) => [field, ruleHelp[field]]))}

A job, as list, dlq list and show print it. Times are ISO 8601 in UTC, or null.

  id, arrival (its number in the order of arrival, never used again), command, argv (or null), state, reason (why it is dead or cancelled, or null), attempts, max_retries, rules, snoozes, priority, queue, cwd, env, stdin_bytes (how much it reads from its standard input, or null), label (or null), meta, needs, key (or null), slots, resources, unique (its key, or null), open_parents (how many jobs it still waits for), hook_of (the job because of whose end it was enqueued: by on_dead, or for a webhook; or null), webhook (the URL that its end is posted to, or where it posts that of hook_of; without a password; or null), timeout, kill_after, run_at, expires_at (or null), created_at, updated_at, started_at, finished_at, exit_code, last_error, progress, runs

  rules is null, or an object of those of the rules above that the job was given; snoozes is how many times it came back later.
  progress is what queuectl progress told, an object with percent (0 to 100) and text (or null); of a job it is that of its run while it is processing, else null.
  list --json and dlq list --json print one array of jobs, oldest first unless --sort says otherwise; runs is how many it had.
  To read list --json in pages: --sort created --limit 100, and from the second page on also --after ID of the last job that was printed, or --after @N with its arrival where it may have been removed since. The last page is shorter than the limit. What arrives meanwhile comes on later pages; what is removed is left out.
  show --json prints one job, with waits_for (an array of the jobs that it still waits for, with id, state, and by: after, after_any or after_fail); its runs are objects with number, worker (which started it), host (of that worker, by name), adopted (whether another worker took it over), adopted_by (which one, or null), pid, started_at, finished_at, duration_ms, outcome (completed, failed, timeout, cancelled, crashed, handed_back, snoozed, or null while it runs), exit_code, signal, error, progress, stdout_bytes, stderr_bytes, stdout_tail, stderr_tail.

graph --json: one object with id, nodes (with id, arrival, state), edges (with from, which is waited for, to, by: after, after_any or after_fail, and state: open, met, or broken where it ended in another way), complete (false where --limit left some out).
status --json: one object of counts: pending, processing, completed, failed, dead, blocked, cancelled, delayed, total, workers, workers_busy; and next_due_at.
stats --json: since, until, by (queue or command), total, and rows, each with the queue or command, and as total with runs (that have ended), completed, failed (attempts that failed or took too long), other (cancelled, crashed, handed_back, snoozed), failure_rate (failed among completed and failed, 0 to 1, or null), dead (jobs), retries (runs of jobs that had run before), completed_per_hour, wait_ms and run_ms (each p50, p95, p99, or null), points (equal parts of the time, each with at, completed, failed; in total also wait_ms and run_ms).
list --watch --json and status --watch --json: the same, one document a line, whenever it is another one.
worker list --json: one array with id, pid, host, state, started_at, heartbeat_at, jobs (ids), adopted (those of them that it took over), concurrency, tags, queues, resources, held (why it claims nothing for now, or null), supervised, version.
worker start --json: one array with id, pid, host, concurrency, tags.
worker stop --json: mode (drain, detach, force), and how many workers: told (now), already (before), finishing (a job still), gone (had ended without a word), spared (of other hosts), left (alive when it returned; null without --wait).
queue list --json: one array with name, state (open, paused, draining), limit, key_limit, rate ("10/m"; each of the three null for none), throttled_until (or null), defaults (an object of those fields of a job that are set: priority, max_retries, timeout, kill_after, backoff, backoff_base, backoff_max, backoff_jitter), webhook (the URL without a password, or null), and counts of its jobs: pending, processing, completed, failed, dead, blocked, cancelled, total. queue show, set and throttle --json: one such object; queue pause, resume and drain --json: an array of them. queue rename --json: from, to, jobs (how many).
explain --json: id, state, gate (what is first in its way: ${
    gates.join(", ")
  }), until (when that is over by itself, or null), sentence, details (an object: try, a call that would help, or null; then, what would hold it next, each with gate, until, sentence; and what the gate is about, such as limit and running).
logs --json: one object with id, run, stdout, stderr; with --all an array of them, oldest first.
progress --json: percent, text (or null), as they were told.
enqueue --json: one object with id, state (pending, blocked, or cancelled where it waits in vain), run_at, expires_at, conflict (null, or where another job had its unique key: kept, replaced or debounced; where kept or debounced the rest is about that other job); several jobs: one array of them.
cancel, retry, remove, dlq retry --json: one array, in the order of the ids, with id, was (the state that it was found in); cancel --signal also signal. dlq retry --all --json, or with a filter: retried (how many), without_key (how many stay dead, since others have their unique keys).
dlq list --group --json: one array, the largest group first, with group (its id), exit_code, error (the line, with placeholders), count, newest_at, oldest_at (when they died), example (the id of the newest), queues (of which they are).
dlq purge --json: deleted (how many). prune --json: dry_run, jobs (how many are deleted, or would be).
cancel --json with a filter: cancelled (how many jobs waited) and ending (how many runs are being ended).
edit --json: the job as it is now, as list prints it.
wait --json, enqueue --wait --json and run --json: one array, in the order of the ids, with id, state, exit_code (its own, or null), signal (which ended it, or null), reason, code (the exit code that stands for it, or null where it has not ended).
webhook secret --json: secret (the newest one), older (how many more sign). webhook ping --json: id, url (without a password), signed (whether it was), status (or null), body (its beginning, or null), error (why it was not taken, or null).
config show --json: one object, by setting, with value and source. config get, set and unset --json: setting, value, source, as they are then.
config path --json: path, home, found_by.
doctor --json: healthy, mended (what --fix did), checks: an array with check, status (ok, warning, problem), found, fix (what to type, or null).
init --json: home, created.
migrate --json: one object with from, to, dry_run, jobs (by state, and total), queues (the same by queue), runs, outputs, inputs, sha256 (over all that was moved); with --dry-run only jobs, and refused (why it would be, or null); with --abort from, to, copy_removed.
version --json: version, deno, sqlite, sqlite_driver, sqlite_driver_note, target, compiled.

Fields are only ever added.
`;
}

function exitCodesText(): string {
  return `Exit codes

${columns(exitCodeHelp)}

wait of one job, enqueue --wait, enqueue --follow and run end with the job's own exit code, whatever it is:

${
    columns([
      ["completed", "its exit code, 0 unless others count as success"],
      ["dead", "the exit code of its last run; 128 + n where signal n ended it (SIGKILL 137, SIGTERM 143)"],
      ["", "1 where there is none, or it is 0: the job took too long, or could not be run"],
      ["cancelled", "125"],
      ["not ended", "124 when --timeout is up"],
    ])
  }

A command may use these codes, and those above, for itself. What has happened is said on stderr, and by wait --json. Exit codes over 255, which only Windows has, are 1.

wait of several jobs: 0 where all are completed, else 1; with --any as of the first one that ends.
`;
}

function filesText(): string {
  return `The home of a queue

It is found in this order: --home FOLDER, the variable QUEUECTL_HOME, the nearest .queuectl folder in the working directory or above it that queuectl init made here, and else the user's data folder ($XDG_DATA_HOME/queuectl or ~/.local/share/queuectl, on macOS ~/Library/Application Support/queuectl, on Windows %LOCALAPPDATA%\\queuectl). Its mode is 0700, and it must belong to you: commands may hold secrets.

${
    columns([
      ["queue.sqlite", "jobs, runs and workers (with -wal and -shm beside it while it is open)"],
      ["config.json", "settings that were kept by config set"],
      ["workers.pid", "the pids of this host's workers, one a line"],
      ["logs/queuectl.log", "what supervisors and workers have to say; 5 MB, three older ones are kept"],
      [".workers.lock, logs/.lock", "locks between its processes"],
      ["runs/", "output and exit codes of running jobs, and output over 64 KB of finished ones"],
      ["inputs/", "what jobs read from their standard input, where it is over 1 MB; removed with the job"],
      ["wake/", "wake-ups between the processes"],
    ])
  }

Outside of it there is only the SQLite library of a compiled program, unpacked into the user's cache folder (~/.cache/queuectl/native) where one is embedded.
`;
}

function hostLossText(): string {
  const { default: leaseMs } = settingRules.lease;
  const lostAfter = formatSetting("lease", leaseMs + leaseMarginMs(leaseMs));
  return `When a host or the server is lost

In every case: a job whose enqueue ended with exit code 0 is stored, and each of its runs is settled once, by whoever holds it then. Whatever comes later changes nothing.

The server is away (stopped, restarted, unreachable, read-only, without a connection left, or its statements time out). Running jobs go on. Workers wait, try again after 0.1 s and then less and less often, every 5 s at last, and say so once, and once more when it is over. What ended meanwhile is kept and delivered then; should its worker die before, its exit code is on disk, and the next worker of that host settles it. Nothing new is started. enqueue, status and the like end with exit code 4; what was not accepted is to be enqueued again. An answer is waited for 20 s, then the connection is given up for another one.

Several servers. A URL may name all of a cluster: postgres://h1:5432,h2:5432/jobs?target_session_attrs=read-write. The one that can be written to is used; when it goes away or becomes read-only, the others are asked, until a standby has been promoted. That, and that the old primary stays down, is the business of who runs the cluster. What the standby had not received yet is lost with the primary: jobs of the last moments may be missing, or run again.

A host is lost (power, SIGKILL of everything, or all of its workers are gone). Once none of its workers has been heard of for a lease and half of it (${lostAfter} unless set), others call its runs crashed and run the jobs again. No attempt is charged, but ${crashBudget} crashes in a row make a job dead. Clocks do not matter: each worker counts by its own, and only while it can write to the store itself.

A host is cut off and returns. What it runs goes on, since it cannot know. After the same time others run these jobs again: then, and only then, a command may run twice at once. When its workers reach the store again they say that they were taken for dead. Runs that others have taken are over: their processes are ended (SIGTERM, kill_after, SIGKILL), their results are late, the log says so for each. Runs that nobody has taken are taken back as if nothing had happened. Where the workers of that host died as well while it was cut off, nobody ends what they left running: it goes on to its own end, and its result counts for nothing.

A command that must not be done twice has to see to that itself, for example by QUEUECTL_JOB_ID as the key of what it writes. worker stop --detach says how long other hosts are to leave its runs alone.
`;
}

function environmentText(): string {
  return `Environment

queuectl reads

${
    columns([
      ["QUEUECTL_HOME", "the home"],
      ["QUEUECTL_<SETTING>", "a setting, such as QUEUECTL_MAX_RETRIES"],
      [
        "QUEUECTL_SQLITE_DRIVER",
        "ffi or node: the SQLite driver; by itself it takes ffi where a library is at hand",
      ],
      ["DENO_SQLITE_PATH", "the native SQLite library for the ffi driver"],
      ["TRACEPARENT", "the trace in which a job is enqueued, kept with it"],
      ["HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "of workers: the proxies that webhooks are posted by"],
      ["OTEL_DENO, OTEL_…", "where workers send traces and logs; see: queuectl help monitoring"],
      ["NO_COLOR", "any value: no colour"],
      [
        "PGHOST, PGPORT, …",
        "what the URL of a PostgreSQL store does not say, also PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE, PGSSLMODE, PGSSLROOTCERT, PGSSLCERT and PGSSLKEY",
      ],
    ])
  }

A job gets the worker's environment without QUEUECTL_* and PG*, its own \`env\`, and

${
    columns([
      ["QUEUECTL_JOB_ID", "the id of the job"],
      ["QUEUECTL_ATTEMPT", "the number of the run, from 1"],
      ["QUEUECTL_QUEUE", "the name of its queue"],
      [
        "QUEUECTL_HOME",
        "the home, absolute: queuectl inside a job uses the same queue, unless the store was named by --store or QUEUECTL_STORE",
      ],
      ["TRACEPARENT", "the trace of its attempt, or the one that it was enqueued in, where there is one"],
      ["QUEUECTL_RUN", "the mark by which its processes are found again"],
    ])
  }

The hook of dead jobs is the command that the setting on_dead names, as a job of its own for each job that dies: in the same queue and folder, with the same priority, and tried max_retries times. It gets nothing of the dead job's own env, but

${columns(Object.entries(hookVariables))}

The settings of the worker count that passes a death on. When a hook dies, nothing more is enqueued; hook_of in its JSON is the id of the dead job. To have ends posted to a URL: queuectl help webhooks.
`;
}
