/**
 * Runs as processes on Windows: no survivors. Output comes by pipe, and a tree is ended as a whole by taskkill,
 * so a run ends with its worker at the latest when it is recovered.
 */

import type { JobProcesses, ProcessEnd, RunOrder, StartedRun } from "../core/ports.ts";

/** `environment` is what every run has, before its job's own. */
export function windowsProcesses(environment: () => Readonly<Record<string, string>>): JobProcesses {
  return {
    survive: false,
    start: (order) => Promise.resolve(start(order, environment())),
    close: () => Promise.resolve(),
    async treeOf(identity) {
      const alive = await identify(identity.pid);
      return alive !== null && (identity.start === "" || alive.start === identity.start)
        ? [identity.pid]
        : [];
    },
    signalProcesses(pids, signal) {
      // There are no others here.
      if (signal === "SIGTERM" || signal === "SIGKILL") pids.forEach(endTree);
    },
    exists: (pid) => processLine(pid).includes(`"${pid}"`),
    identify,
  };
}

function start(order: RunOrder, inherited: Readonly<Record<string, string>>): StartedRun {
  const [program, args] = order.argv === null
    ? [order.shell, ["/d", "/s", "/c", order.command]] as const
    : [order.argv[0]!, order.argv.slice(1)] as const;
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: order.cwd,
    env: { ...inherited, ...order.env, ...order.variables },
    clearEnv: true,
    stdin: order.stdin === null ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    windowsRawArguments: order.argv === null,
  }).spawn();
  Deno.writeTextFileSync(`${order.base}.id`, `${child.pid} \n`, { createNew: true });
  if (order.stdin !== null) void feed(child, order.stdin);
  return { pid: child.pid, ended: collect(child, order.base), release() {} };
}

/** A job need not read all of it, or any. */
async function feed(child: Deno.ChildProcess, path: string): Promise<void> {
  try {
    await (await Deno.open(path)).readable.pipeTo(child.stdin);
  } catch {
    // It closed its end.
  }
}

async function collect(child: Deno.ChildProcess, base: string): Promise<ProcessEnd> {
  const append = async (stream: ReadableStream<Uint8Array>, name: string): Promise<void> => {
    const file = await Deno.open(`${base}.${name}`, { append: true, create: true });
    await stream.pipeTo(file.writable);
  };
  const [{ code, signal }] = await Promise.all([
    child.status,
    append(child.stdout, "out"),
    append(child.stderr, "err"),
  ]);
  Deno.writeTextFileSync(`${base}.id`, `${code}\n`, { append: true });
  return { code, signal };
}

function endTree(pid: number): void {
  new Deno.Command("taskkill", { args: ["/T", "/F", "/PID", String(pid)], stdout: "null", stderr: "null" })
    .outputSync();
}

function processLine(pid: number): string {
  const { stdout } = new Deno.Command("tasklist", {
    args: ["/FO", "CSV", "/NH", "/FI", `PID eq ${pid}`],
    stdout: "piped",
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

async function identify(pid: number): Promise<{ pid: number; start: string } | null> {
  const { stdout } = await new Deno.Command("powershell", {
    args: [
      "-NoProfile",
      "-Command",
      `(Get-Process -Id ${pid} -ErrorAction SilentlyContinue).StartTime.Ticks`,
    ],
    stdout: "piped",
    stderr: "null",
  }).output();
  const start = new TextDecoder().decode(stdout).trim();
  return start === "" ? null : { pid, start };
}
