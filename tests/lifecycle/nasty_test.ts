/** Commands that make it hard to tell how they end: each ends in a truthful state, with a living worker and without one. */

import { assertEquals } from "@std/assert";
import { killAll, waitForRuns } from "../support/jobs.ts";
import { type ShownJobShape, TestQueue } from "../support/program.ts";

interface Nasty {
  readonly command: string;
  /** Outcome, exit code and signal of its first run. */
  readonly ends: readonly [outcome: string, exitCode: number | null, signal: string | null];
  /** The same where no worker saw the end; left out where it makes no difference. */
  readonly endsUnseen?: Nasty["ends"];
  /** What its output must be. */
  readonly prints?: string;
}

const done = ["completed", 0, null] as const;

const nasty: Readonly<Record<string, Nasty>> = {
  "own EXIT trap": {
    command: "trap 'echo bye; exit 4' EXIT; true",
    ends: ["failed", 4, null],
    prints: "bye\n",
  },
  "exec of a program": { command: "exec sh -c 'exit 5'", ends: ["failed", 5, null] },
  "exec of one that is not there": { command: "exec no-such-program", ends: ["failed", 127, null] },
  "a syntax error": { command: "if then", ends: ["failed", 2, null] },
  "an unset variable under set -u": { command: "set -u; echo $nothing", ends: ["failed", 2, null] },
  "set -e": { command: "set -e; false; exit 0", ends: ["failed", 1, null] },
  "kill -9 of itself": { command: "kill -9 $$", ends: ["failed", 137, "SIGKILL"] },
  "TERM to itself": { command: "kill -TERM $$; sleep 5", ends: ["failed", 143, "SIGTERM"] },
  "a segmentation fault": { command: "kill -SEGV $$", ends: ["failed", 139, "SIGSEGV"] },
  "TERM to its group, ignored": { command: "trap '' TERM; kill 0; exit 6", ends: ["failed", 6, null] },
  "TERM to its group": { command: "kill 0; sleep 5", ends: ["failed", 143, "SIGTERM"] },
  "kill -9 of its group": {
    command: "kill -9 0",
    ends: ["failed", null, "SIGKILL"],
    endsUnseen: ["crashed", null, null],
  },
  "kill -9 of its parent": {
    command: "kill -9 $PPID; sleep 60",
    ends: ["failed", null, "SIGKILL"],
    endsUnseen: ["crashed", null, null],
  },
  "a daemon left behind": { command: "sleep 30 & echo started", ends: done, prints: "started\n" },
  "a daemon in a session of its own": { command: "setsid sleep 30 & exit 0", ends: done },
  "closed streams": { command: "exec <&- >&- 2>&-; exit 7", ends: ["failed", 7, null] },
  "reads its input": { command: 'cat; read -r line; echo "got $?"', ends: done, prints: "got 1\n" },
  "job control": { command: "bash -c 'set -m; sleep 0.1 & wait %1; exit 8'", ends: ["failed", 8, null] },
  "a folder that goes away": {
    command: "mkdir gone && cd gone && rmdir ../gone; exit 9",
    ends: ["failed", 9, null],
  },
  "a broken pipe": { command: "yes | head -n 1", ends: done, prints: "y\n" },
  "no PATH": { command: "unset PATH; echo here; exit 10", ends: ["failed", 10, null], prints: "here\n" },
  "an exit code above 255": { command: "exit 257", ends: ["failed", 1, null] },
  "bytes that are no text": { command: "printf '\\377\\000x'", ends: done },
};

function endOf(job: ShownJobShape): Nasty["ends"] {
  const [run] = job.runs;
  return [run!.outcome!, run!.exit_code, run!.signal];
}

async function enqueueAll(queue: TestQueue, before: (name: string) => string): Promise<void> {
  const lines = Object.entries(nasty).map(([name, { command }], index) =>
    JSON.stringify({ id: `j${index}`, command: before(name) + command, max_retries: 1 })
  );
  await queue.call(["enqueue", "--file", "-"], { stdin: lines.join("\n") });
}

async function expectEnds(queue: TestQueue, isSeen: boolean): Promise<void> {
  for (const [index, [name, { ends, endsUnseen, prints }]] of Object.entries(nasty).entries()) {
    const job = await queue.waitForJob(
      `j${index}`,
      "settled",
      (each) => each.runs[0]?.outcome != null,
      60_000,
    );
    assertEquals(endOf(job), isSeen ? ends : endsUnseen ?? ends, name);
    if (prints !== undefined) assertEquals(await queue.ok("logs", `j${index}`), prints, name);
  }
}

Deno.test("nasty commands end truthfully", async () => {
  await using queue = await TestQueue.create();
  await enqueueAll(queue, () => "");
  await queue.ok("worker", "start", "--concurrency", "4");
  await expectEnds(queue, true);
});

Deno.test("nasty commands end truthfully when no worker sees their end", async () => {
  await using queue = await TestQueue.create();
  const go = queue.path("go");
  await enqueueAll(
    queue,
    () => `echo $$ >>${queue.path("all.pids")}; while [ ! -e ${go} ]; do sleep 0.1; done\n`,
  );
  const count = Object.keys(nasty).length;
  await queue.ok("worker", "start", "--concurrency", String(count));
  await waitForRuns(queue, "all", count);
  await killAll(queue);
  await Deno.writeTextFile(go, "");
  await queue.ok("worker", "start");
  await expectEnds(queue, false);
});
