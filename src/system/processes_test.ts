import { assert, assertEquals, assertRejects } from "@std/assert";
import { type RunOrder, runVariables, type StartedRun } from "../core/ports.ts";
import { newOrder } from "../../tests/support/sample.ts";
import { posixProcesses, shellLines } from "./processes.ts";
import { runFiles } from "./run_files.ts";

const isPosix = Deno.build.os !== "windows";
const processes = posixProcesses(() => ({ PATH: Deno.env.get("PATH")! }));

interface Stage {
  readonly order: (command: string, more?: Partial<RunOrder>) => RunOrder;
  readonly evidence: () => ReturnType<ReturnType<typeof runFiles>["evidence"]>;
  readonly forbidStart: () => boolean;
  readonly text: (stream: "out" | "err") => string;
}

function onPosix(name: string, body: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !isPosix,
    async fn() {
      const root = await Deno.makeTempDir({ prefix: "queuectl-processes-" });
      const runs = runFiles(root);
      const base = runs.base(1, 1, "mark1");
      const order = (command: string, more: Partial<RunOrder> = {}): RunOrder =>
        newOrder(base, root, { command, ...more });
      try {
        await body({
          order,
          evidence: () => runs.evidence(base),
          forbidStart: () => runs.forbidStart(base),
          text: (stream) => new TextDecoder().decode(runs.tail(base, stream, 1e6).tail),
        });
      } finally {
        await Deno.remove(root, { recursive: true });
      }
    },
  });
}

/** A run whose wrapper is gone, too, when the test is over. */
async function started(order: RunOrder): Promise<StartedRun & AsyncDisposable> {
  const run = await processes.start(order);
  return {
    ...run,
    async [Symbol.asyncDispose]() {
      run.release(false);
      while (processes.exists(run.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

onPosix(
  "a run leaves its identity, its output and its exit code on disk",
  async ({ order, evidence, text }) => {
    await using run = await started(order("echo out; echo err >&2; exit 3"));
    assertEquals(await run.ended, { code: 3, signal: null });
    assertEquals(evidence().exitCode, 3);
    assertEquals(evidence().identity!.pid, run.pid);
    assert(evidence().identity!.start !== "" || Deno.build.os !== "linux");
    assertEquals([text("out"), text("err")], ["out\n", "err\n"]);
  },
);

onPosix("the wrapper survives what its job does to itself and its group", async ({ order, evidence }) => {
  await using run = await started(order("trap 'exit 9' TERM; kill -TERM 0; sleep 5"));
  assertEquals((await run.ended).code, 9);
  assertEquals(evidence().exitCode, 9);
});

onPosix("a job that kills its whole group with SIGKILL leaves no exit code", async ({ order, evidence }) => {
  await using run = await started(order("kill -9 0"));
  assertEquals((await run.ended).signal, "SIGKILL");
  assertEquals(evidence().exitCode, null);
  assert(evidence().identity !== null);
});

onPosix("a run that was forbidden never begins", async ({ order, evidence, forbidStart, text }) => {
  assertEquals([forbidStart(), forbidStart()], [true, false]);
  await using run = await started(order("echo ran"));
  assertEquals(await run.ended, { code: 125, signal: null });
  assertEquals([evidence(), text("out")], [{ identity: null, exitCode: null }, ""]);
});

onPosix(
  "nothing of the wrapper leaks: no variables, no open files, ordinary signals",
  async ({ order, text }) => {
    await using run = await started(
      order("env; ls /proc/self/fd 2>/dev/null | wc -l; trap; grep SigIgn /proc/self/status"),
    );
    await run.ended;
    const lines = text("out").trimEnd().split("\n");
    const env = lines.filter((line) => line.includes("=")).map((line) => line.split("=")[0]!).toSorted();
    assertEquals(env.filter((name) => !["OLDPWD", "PWD", "SHLVL", "_"].includes(name)), [
      "PATH",
      ...runVariables.toSorted(),
    ]);
    if (Deno.build.os === "linux") {
      const [inherited] = await shellLines("ls /proc/self/fd | wc -l", []);
      assertEquals(lines.at(-2), inherited, "as many as any child of this process has");
      const ignored = Number.parseInt(lines.at(-1)!.slice(-8), 16);
      assertEquals(ignored & 0x7fffffff, 0, "no ordinary signal is ignored");
    }
  },
);

onPosix(
  "the tree is the session, and whoever carries the mark elsewhere",
  async ({ order, evidence }) => {
    const command = `(setsid sleep 1000 &) ; sleep 1000 & echo ready; wait`;
    await using run = await started(order(command));
    const identityOf = () => evidence().identity ?? { pid: run.pid, start: "" };
    while ((await processes.treeOf(identityOf(), "mark1")).length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const tree = await processes.treeOf(identityOf(), "mark1");
    assert(tree.includes(run.pid), "the wrapper itself");
    assert(!tree.includes(Deno.pid));
    assertEquals(
      await processes.treeOf({ ...identityOf(), start: "1" }, "another mark"),
      [],
      "a reused pid is a stranger",
    );
    processes.signalProcesses(tree, "SIGKILL");
    await run.ended;
    while ((await processes.treeOf(identityOf(), "mark1")).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
);

onPosix("identities tell a living process from a dead one", async () => {
  const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  const identity = await processes.identify(child.pid);
  assertEquals(identity!.pid, child.pid);
  assertEquals(await processes.identify(child.pid), identity);
  assert(processes.exists(child.pid));
  child.kill("SIGKILL");
  await child.status;
  assertEquals(await processes.identify(child.pid), null);
  assertEquals(processes.exists(child.pid), false);
  processes.signalProcesses([child.pid], "SIGTERM");
});

onPosix("the job's own variables reach it unchanged", async ({ order, text }) => {
  const env = {
    folder: "/data",
    cwd: "c",
    shell: "s",
    start: "5",
    stat: "t",
    code: "9",
  };
  await using run = await started(order("echo $folder $cwd $shell $start $stat $code", { env }));
  await run.ended;
  assertEquals(text("out"), "/data c s 5 t 9\n");
});

onPosix("a look that cannot be finished proves nothing", async ({ order }) => {
  const path = Deno.env.get("PATH")!;
  if (Deno.build.os !== "linux") return;
  Deno.env.set("PATH", "/nowhere");
  try {
    await assertRejects(
      () => processes.treeOf({ pid: 999_999, start: "1" }, "mark"),
      Error,
      "cannot be looked for",
    );
  } finally {
    Deno.env.set("PATH", path);
  }
  await using run = await started(order("true"));
  await run.ended;
});
