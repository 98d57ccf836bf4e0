/**
 * Runs as processes on Windows: no survivors. Output comes by pipe, and a tree is ended as a whole by taskkill,
 * so a run ends with its worker at the latest when it is recovered.
 */

import { join } from "@std/path";
import type { JobProcesses, ProcessEnd, RunOrder, StartedRun } from "../core/ports.ts";

export function windowsProcesses(): JobProcesses {
  return {
    survive: false,
    start,
    async treeOf(identity) {
      const alive = await identify(identity.pid);
      return alive !== null && (identity.start === "" || alive.start === identity.start)
        ? [identity.pid]
        : [];
    },
    signalProcesses: (pids) => pids.forEach(endTree),
    exists: (pid) => processLine(pid).includes(`"${pid}"`),
    identify,
  };
}

function start(order: RunOrder): StartedRun {
  const [program, args] = order.argv === null
    ? [order.shell, ["/d", "/s", "/c", order.command]] as const
    : [order.argv[0]!, order.argv.slice(1)] as const;
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: order.cwd,
    env: order.env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    windowsRawArguments: order.argv === null,
  }).spawn();
  Deno.writeTextFileSync(join(order.folder, "id"), `${child.pid} \n`, { createNew: true });
  return { pid: child.pid, ended: collect(child, order.folder) };
}

async function collect(child: Deno.ChildProcess, folder: string): Promise<ProcessEnd> {
  const append = async (stream: ReadableStream<Uint8Array>, name: string): Promise<void> => {
    const file = await Deno.open(join(folder, name), { append: true });
    await stream.pipeTo(file.writable);
  };
  const [{ code, signal }] = await Promise.all([
    child.status,
    append(child.stdout, "out"),
    append(child.stderr, "err"),
  ]);
  Deno.writeTextFileSync(join(folder, "exit"), `${code}\n`);
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
