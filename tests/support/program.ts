/** The program as users run it: from source always, compiled whenever a binary was built (QUEUECTL_TEST_BINARY). */

import { fromFileUrl } from "@std/path";
import { programPermissions } from "../../src/system/self_launcher.ts";

export interface Program {
  readonly name: "source" | "compiled";
  readonly command: string;
  readonly args: readonly string[];
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly uid?: number;
}

const mainModule = fromFileUrl(new URL("../../main.ts", import.meta.url));

export const fromSource: Program = {
  name: "source",
  command: Deno.execPath(),
  args: [
    "run",
    ...JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]"),
    ...programPermissions,
    mainModule,
  ],
};

const binary = Deno.env.get("QUEUECTL_TEST_BINARY");

/** Every form of the program that there is here. */
export const programs: readonly Program[] = binary === undefined
  ? [fromSource]
  : [fromSource, { name: "compiled", command: binary, args: [] }];

/** The form that starts quickest, for tests that are about something else. */
export const quickest: Program = programs.at(-1)!;

/** A queue in a temporary home, and the program to use it with. */
export class TestQueue implements AsyncDisposable {
  readonly home: string;
  readonly program: Program;
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;

  private constructor(folder: string, program: Program, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.home = `${folder}/home`;
    this.program = program;
    this.env = env;
  }

  /** `env` goes to every call: settings that make a test quick. */
  static async create(
    program: Program = quickest,
    env: Readonly<Record<string, string>> = {},
  ): Promise<TestQueue> {
    return new TestQueue(await Deno.makeTempDir({ prefix: "queuectl-test-" }), program, env);
  }

  /** A path in a folder that goes with the queue; jobs run there too. */
  path(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Starts a call; its stdio is piped. */
  spawn(args: readonly string[], options: CallOptions = {}): Deno.ChildProcess {
    return new Deno.Command(this.program.command, {
      args: [...this.program.args, ...args],
      cwd: options.cwd ?? this.#folder,
      env: {
        QUEUECTL_HOME: this.home,
        XDG_DATA_HOME: this.path("data"),
        DENO_SQLITE_PATH: "",
        NO_COLOR: "1",
        ...this.env,
        ...options.env,
      },
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    }).spawn();
  }

  /** Calls the program and waits for its end. */
  async call(args: readonly string[], options: CallOptions = {}): Promise<Finished> {
    const child = this.spawn(args, options);
    if (options.stdin !== undefined) await feed(child.stdin, options.stdin);
    const { code, stdout, stderr } = await child.output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  /** Calls it and expects exit code 0; returns what it printed on stdout. */
  async ok(...args: readonly string[]): Promise<string> {
    const finished = await this.call(args);
    if (finished.code !== 0) {
      throw new Error(`queuectl ${args.join(" ")}: exit ${finished.code}\n${finished.stderr}`);
    }
    return finished.stdout;
  }

  async json<T = JobShape[]>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "--json"));
  }

  async job(id: string): Promise<ShownJobShape> {
    return await this.json<ShownJobShape>("show", id);
  }

  /** Waits until a job satisfies a condition; the error shows the job and the log. */
  async waitForJob(
    id: string,
    what: string,
    condition: (job: ShownJobShape) => boolean,
    deadlineMs = 20_000,
  ) {
    let job: ShownJobShape | undefined;
    await this.waitFor(
      `job ${id} to be ${what}`,
      async () => condition(job = await this.job(id)),
      deadlineMs,
    );
    return job!;
  }

  async waitForState(id: string, state: string, deadlineMs?: number): Promise<ShownJobShape> {
    return await this.waitForJob(id, state, (job) => job.state === state, deadlineMs);
  }

  async waitFor(what: string, condition: () => Promise<boolean>, deadlineMs = 20_000): Promise<void> {
    try {
      await waitFor(what, condition, deadlineMs);
    } catch (error) {
      const jobs = await this.call(["list", "--json"]);
      throw new Error(`${error instanceof Error ? error.message : error}\n${jobs.stdout}\n${this.log()}`);
    }
  }

  log(): string {
    try {
      return Deno.readTextFileSync(`${this.home}/logs/queuectl.log`);
    } catch {
      return "(no log)";
    }
  }

  workerPids(): number[] {
    try {
      return Deno.readTextFileSync(`${this.home}/workers.pid`).split("\n").filter((line) => line !== "").map(
        Number,
      );
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Everything that was started for this home names it in its arguments or its environment.
    await killWhoCarries(this.#folder);
    // Whoever set this looks into the folder, and removes it.
    if (Deno.env.get("QUEUECTL_TEST_KEEP") === "1") return;
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }
}

/** Kills whatever still carries this folder in its environment or arguments; twice, for what was starting just then. */
export async function killWhoCarries(folder: string): Promise<void> {
  await new Deno.Command("sh", {
    args: ["-c", killScript, "clean-up", folder],
    stdout: "null",
    stderr: "null",
  }).output();
}

const killScript = `
carriers() {
  if [ -d /proc/self ]; then
    grep -lsF -- "$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
  else
    ps -axww -E -o pid=,command= | grep -F -- "$1" | while read -r pid _; do echo "$pid"; done
  fi
}
for round in 1 2; do
  carriers "$1" | while read -r pid; do [ "$pid" = $$ ] || { kill -CONT "$pid"; kill -KILL "$pid"; }; done
done`;

async function feed(stdin: WritableStream<Uint8Array>, data: string | Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
    await writer.close();
  } catch {
    // A program that refuses its input early closes the pipe; its exit code is what the test looks at.
  }
}

/** Looks until a condition holds; throws when it does not before the deadline. */
export async function waitFor(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs = 20_000,
) {
  const giveUpAt = performance.now() + deadlineMs;
  while (!await condition()) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether a process is there (zombies do not count). The shell looks, since nothing but -A lets Deno read /proc. */
export function isAlive(pid: number): boolean {
  const script = `
    if [ -d /proc/self ]; then
      IFS= read -r stat <"/proc/$1/stat" && case "\${stat##*) }" in [ZX]*) exit 1 ;; esac
    else
      case $(ps -o state= -p "$1") in "" | Z*) exit 1 ;; esac
    fi`;
  return new Deno.Command("sh", { args: ["-c", script, "sh", String(pid)], stderr: "null" }).outputSync()
    .success;
}

/** The pids of the supervisors of a home. */
export async function supervisorPids(home: string): Promise<number[]> {
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      `ps -axww -o pid=,command= | grep -F -- "--home=${home}" | grep ' worker supervise ' | grep -v grep`,
    ],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").map((line) =>
    Number.parseInt(line)
  );
}

export interface JobShape {
  readonly id: string;
  readonly command: string;
  readonly argv: string[] | null;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly max_retries: number;
  readonly rules: Record<string, unknown> | null;
  readonly snoozes: number;
  readonly priority: number;
  readonly queue: string;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stdin_bytes: number | null;
  readonly label: string | null;
  readonly meta: Record<string, string>;
  readonly needs: string[];
  readonly run_at: string;
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly exit_code: number | null;
  readonly last_error: string | null;
  readonly progress: ProgressShape | null;
}

export interface ProgressShape {
  readonly percent: number;
  readonly text: string | null;
}

export interface ShownJobShape extends JobShape {
  readonly waits_for: readonly { readonly id: string; readonly state: string; readonly by: string }[];
  readonly runs: {
    readonly number: number;
    readonly worker: string;
    readonly host: string;
    readonly adopted: boolean;
    readonly adopted_by: string | null;
    readonly pid: number | null;
    readonly outcome: string | null;
    readonly exit_code: number | null;
    readonly signal: string | null;
    readonly error: string | null;
    readonly progress: ProgressShape | null;
    readonly started_at: string;
    readonly finished_at: string | null;
    readonly stdout_bytes: number;
    readonly stdout_tail: string;
    readonly stderr_tail: string;
  }[];
}

export interface WorkerShape {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly state: string;
  readonly jobs: string[];
  readonly adopted: string[];
  readonly supervised: boolean;
  readonly tags: string[];
  readonly started_at: string;
  readonly heartbeat_at: string;
}

export interface StatusShape {
  readonly pending: number;
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
  readonly dead: number;
  readonly total: number;
  readonly workers: number;
}
