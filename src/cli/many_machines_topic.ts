/** The help topic that leads from one laptop to several hosts. */

/** What a role that does not own the schema must be given, by its owner. Tried by a test as it stands here. */
export const grants = [
  "GRANT USAGE ON SCHEMA queuectl TO worker, viewer;",
  "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queuectl TO worker;",
  "GRANT SELECT ON ALL TABLES IN SCHEMA queuectl TO viewer;",
  "ALTER DEFAULT PRIVILEGES IN SCHEMA queuectl GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO worker;",
  "ALTER DEFAULT PRIVILEGES IN SCHEMA queuectl GRANT SELECT ON TABLES TO viewer;",
] as const;

export function manyMachinesText(): string {
  return `Many machines

The jobs of several hosts can live in one PostgreSQL database (13 or newer). The commands stay the same.

From one laptop to three hosts

1. A database, and a role that is no superuser. Once, as who may make them:

     createuser jobs --pwprompt
     createdb jobs --owner jobs

   The password, on the laptop and on each host: a line in ~/.pgpass, which must have mode 0600:

     db.example:5432:jobs:jobs:PASSWORD

2. The laptop. Its queue moves along; where there is none, leave out the first two lines:

     queuectl worker stop --all --wait
     queuectl migrate --to postgres://jobs@db.example/jobs
     queuectl config set store postgres://jobs@db.example/jobs

3. Each of the three hosts, with a home of its own:

     queuectl config set store postgres://jobs@db.example/jobs
     queuectl config set tags gpu,linux    # only where a host has what others lack
     queuectl worker start --concurrency 8

4. From any of them, and from the laptop:

     queuectl enqueue --needs gpu -- ./train
     queuectl worker list                  # those of every host
     queuectl logs --follow ID             # whichever host runs it
     queuectl cancel ID
     queuectl worker stop --host build2    # --all: every host's, else this one's

The command, its folder and its files must be there on the host that runs it: jobs travel, files do not. Workers that cannot run each other's jobs take tags. The clock that counts is the server's.

The store

--store URL names it for one call, QUEUECTL_STORE for a session, config set store for a home. What is typed after --store can be seen by everybody on the machine while the call runs, so prefer the other ways for a URL with a password. The password comes from the URL, from PGPASSWORD, or from the password file that psql uses too (~/.pgpass, or PGPASSFILE). It is shown nowhere, and no job is given it, nor QUEUECTL_STORE: queuectl inside a job finds the store by config.json of its worker's home. Within a URL write % as %25, @ as %40, : as %3A, / as %2F, ? as %3F and # as %23. A folder in place of the host is that of the server's socket: postgres:///jobs?host=/run/postgresql.

TLS is used where the server offers it. sslmode=require insists on it, and sslmode=verify-full&sslrootcert=/path/ca.crt (or sslrootcert=system) also checks that the server is the one that the URL names: use that on every network that is not your own. PGSSLMODE and PGSSLROOTCERT say the same; ~/.postgresql/root.crt is used where it is there.

Output stays on the host that ran the job. The last 64 KB of each stream are in the database too, where every host can read them; logs says where the rest is.

Privileges

The tables are in a schema of their own, "queuectl", or the one that ?schema=NAME at the end of the URL names. Who calls first makes it, and owns it; for that it needs CREATE on the database once, or somebody makes it: CREATE SCHEMA queuectl AUTHORIZATION jobs. The owner needs nothing else, and brings the tables up to date when a newer queuectl comes. Others can do with less. The owner gives a role that enqueues, runs and cancels jobs, and one that only looks (status, list, show, wait, worker list, and logs of what is not running), no more than this:

${grants.map((line) => `  ${line}`).join("\n")}

Whoever may write to the tables decides what the workers run, with the rights of the workers' user.

Sizing

Connections. A worker takes up to three (one of them listens), whatever its slots; a supervisor two; a command one or two while it runs, also while it waits or follows. Measured: 1, 3 and 16 workers of one supervisor held 4, 11 and 50; one worker with 16 slots held 4. So prefer slots (--concurrency) to workers (--count): three hosts with a worker of 16 slots each hold 15 at most, where PostgreSQL admits 100 unless told otherwise. A second worker on a host goes on while the first one is replaced.

pgbouncer may stand between, also in transaction mode, without special settings: nothing depends on a session. 16 workers on a pool of 10 then hold 10. Wake-ups do not pass through it reliably: a job is found by the next poll_interval at the latest.

Jobs a second. The server took 1500 a second from one worker with one slot, 2200 from one with 4 slots, 3600 from one with 16, and 2200 from 16 workers with one each: claims and results alone, nothing run, on two busy cores that also held PostgreSQL 15 with its own defaults. The same cores start about 300 processes a second. So it is the jobs that decide how many hosts are needed; the server becomes the limit where thousands of very short jobs end each second. Its rate is flat: beside 1,000,000 finished jobs it was 0.93 to 0.98 of that of an empty store.

Growth. A finished job stays. With one run and little output it takes about 600 bytes: 200 in the table of jobs, 170 in its indexes, 210 for its run; in addition its command and environment as they are, and its output up to 64 KB a stream. A million small jobs are 0.6 GB. What is claimed next does not get slower by it; disk, backups, migrate and searches through the list do. Prune when results are of no use any more, before the disk says so, and often rather than much at once; a line for cron on one host:

  0 4 * * *  queuectl prune --older-than 30d

Autovacuum must be on (it is unless somebody turned it off): each job leaves dead rows behind. A server that is shared with slow reports should end these in time, since no row that they might still see can be vacuumed.

Moving

  queuectl migrate --to URL --dry-run

says what would be moved and whether it can be. Jobs, runs and the stored output go, with the same ids, order and history. Both sides are compared before the new one opens; the old one then accepts nothing and says where the queue went, and keeps its copy. Reading commands still work there. What interrupts a move leaves it half done, and both sides closed to new work: call it again, or take it back by queuectl migrate --abort. migrate --to sqlite leads back. Output over 64 KB stays in the home of the host that ran the job. A million jobs take about a minute.

When the server is away, jobs run on and their results are kept; workers say so once, and deliver when it is back. When a host is gone for its lease and half of it, others run its jobs again: see queuectl help host-loss.
`;
}
