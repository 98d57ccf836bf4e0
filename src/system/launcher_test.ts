import { assertEquals, assertNotEquals } from "@std/assert";
import type { RunOrder } from "../core/ports.ts";
import { newOrder } from "../../tests/support/sample.ts";
import { Launchers } from "./launcher.ts";
import { posixProcesses } from "./processes.ts";
import { runFiles } from "./run_files.ts";

const processes = posixProcesses(() => ({}));

interface Stage {
  /** Runs a command to its end; returns its wrapper's pid and its exit code. */
  readonly run: (command: string, more?: Partial<RunOrder>) => Promise<{ pid: number; code: number | null }>;
  /** Its output. */
  readonly output: () => string;
}

function onLinux(name: string, body: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const root = await Deno.makeTempDir({ prefix: "queuectl-launcher-" });
      const runs = runFiles(root);
      const launchers = new Launchers(() => ({ PATH: Deno.env.get("PATH")!, SHARED: "shared" }));
      const pids = new Set<number>();
      let base = "";
      let count = 0;
      const run: Stage["run"] = async (command, more = {}) => {
        const variables = {
          QUEUECTL_JOB_ID: `job${++count}`,
          QUEUECTL_ATTEMPT: "1",
          QUEUECTL_QUEUE: 'it\'s a "queue"',
          QUEUECTL_RUN: `mark${count}`,
        };
        base = runs.base(count, 1, "m");
        const order = newOrder(base, root, { command, variables, ...more });
        const started = await launchers.start(order);
        pids.add(started.pid);
        const { code } = await started.ended;
        started.release(true);
        assertEquals(runs.evidence(base).exitCode, code);
        return { pid: started.pid, code };
      };
      const output = () => new TextDecoder().decode(runs.tail(base, "out", 1e6).tail);
      try {
        await body({ run, output });
      } finally {
        await launchers.close();
        // One that serves no more ends by itself, which on a busy machine may be later.
        for (const pid of pids) {
          do await new Promise((resolve) => setTimeout(resolve, 5)); while (processes.exists(pid));
        }
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

onLinux(
  "one wrapper serves run after run, and each has its own variables and base",
  async ({ run, output }) => {
    const first = await run("echo $QUEUECTL_JOB_ID $SHARED");
    assertEquals(output(), "job1 shared\n");
    const second = await run("X=1; cd /; exec sh -c 'echo \"$QUEUECTL_JOB_ID $QUEUECTL_QUEUE\"; exit 7'");
    assertEquals([output(), second], ['job2 it\'s a "queue"\n', { pid: first.pid, code: 7 }]);
    const third = await run("pwd; echo ${X:-none}");
    assertEquals([output().endsWith("\nnone\n"), third], [true, { pid: first.pid, code: 0 }]);
  },
);

onLinux("words and commands reach the job as they are, newlines and quotes too", async ({ run, output }) => {
  const words = ["printf", "[%s]", "it's", "a\nb", "", "$HOME `x` \\", "}\n{", "-n"];
  await run("", { argv: words });
  assertEquals(output(), words.slice(2).map((word) => `[${word}]`).join(""));
  const long = "x".repeat(100_000);
  await run(`printf %s '${long}'\necho " }"`);
  assertEquals(output(), `${long} }\n`);
});

for (
  const [what, command, isReused] of [
    ["a process in its session", "sleep 1000 >/dev/null 2>&1 & echo $!", false],
    ["a process in a group of its own", "set -m; sleep 1000 >/dev/null 2>&1 & echo $!", false],
    [
      "one that closed whatever it inherited",
      "exec 3>&-; (exec sleep 1000 >&- 2>&- &) ; pgrep -n sleep",
      false,
    ],
    ["a process in another session", "setsid sleep 1000 >/dev/null 2>&1 & sleep 0.1; pgrep -n sleep", true],
  ] as const
) {
  onLinux(`a wrapper whose run left ${what} behind serves ${isReused ? "on" : "no other"}`, async (stage) => {
    const { pid } = await stage.run(command);
    const left = Number(stage.output());
    try {
      assertEquals((await stage.run(":")).pid === pid, isReused);
    } finally {
      Deno.kill(left, "SIGKILL");
    }
  });
}

onLinux("a wrapper whose run started very many processes serves no other", async ({ run }) => {
  const { pid } = await run("i=0; while [ $i -lt 150 ]; do (exit 0); i=$((i + 1)); done");
  assertNotEquals((await run(":")).pid, pid);
});

onLinux("a wrapper serves only runs of one environment", async ({ run, output }) => {
  const { pid } = await run("echo $A", { env: { A: "1" } });
  assertNotEquals((await run("echo ${A:-none}")).pid, pid);
  assertEquals(output(), "none\n");
});

onLinux("a wrapper that was killed while it rested is not asked again", async ({ run }) => {
  const { pid } = await run(":");
  Deno.kill(pid, "SIGKILL");
  while (processes.exists(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals((await run("exit 3")).code, 3);
});
