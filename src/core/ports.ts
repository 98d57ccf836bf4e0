/** What the rules and workers may ask of the machine. Interfaces only; `src/system/` has the real ones. */

import type { HostIdentity } from "./host.ts";
import type { StreamTail } from "./run.ts";
import type { JobSignal } from "./signals.ts";

export interface Clock {
  /** UTC milliseconds. */
  now(): number;
  /** Milliseconds that only ever grow, from an arbitrary start. */
  monotonic(): number;
}

export interface Chance {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** `length` characters of Crockford's base 32, lower case, hard to guess. */
  token(length: number): string;
}

/** A process as a pid alone cannot name it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Equal only for the same process: its start time in the kernel's words. "" where it cannot be read. */
  readonly start: string;
}

/** The variables that are another for each run; they win over those of the same name. */
export const runVariables = [
  "QUEUECTL_JOB_ID",
  "QUEUECTL_ATTEMPT",
  "QUEUECTL_QUEUE",
  "QUEUECTL_RUN",
] as const;
export type RunVariable = typeof runVariables[number];

/** What to run, where, and with what. */
export interface RunOrder {
  /** Where its files go; see `RunFiles`. */
  readonly base: string;
  readonly command: string;
  readonly argv: readonly string[] | null;
  readonly shell: string;
  readonly cwd: string;
  /** The file that it reads as its standard input; null for an empty one. */
  readonly stdin: string | null;
  /** What the job itself adds to the environment that all jobs inherit. */
  readonly env: Readonly<Record<string, string>>;
  /** What tells the job who it is. */
  readonly variables: Readonly<Record<RunVariable, string>>;
}

/** How a run ended, as its wrapper tells, or how its wrapper did. */
export interface ProcessEnd {
  /**
   * The command's exit code; `neverBegan` also where the run may not write its identity file, and so never began.
   * Null where the wrapper is gone and nobody saw how.
   */
  readonly code: number | null;
  /** The signal that ended the wrapper itself, as its parent saw it. */
  readonly signal: string | null;
}

export interface StartedRun {
  /** The wrapper's. */
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  /**
   * Says that nobody here looks after the run any more. Its wrapper may serve another one if `isReusable`: the run has
   * ended, and nobody is looking for its processes or ever will.
   */
  release(isReusable: boolean): void;
}

/** What a run's identity file says. */
export interface RunEvidence {
  /** Who wrote the identity file, or null where nothing did: then the run never began. */
  readonly identity: ProcessIdentity | null;
  /** The exit code that the wrapper left, or null. */
  readonly exitCode: number | null;
}

export interface JobProcesses {
  /** Whether a run outlives its worker, so that another one may adopt it. */
  readonly survive: boolean;
  /** Starts a run in a session that holds nothing else alive. Throws where the system refuses to. */
  start(order: RunOrder): Promise<StartedRun>;
  /** Lets go of what was kept to start runs with. Runs go on. */
  close(): Promise<void>;
  /**
   * The living processes of a run's tree: its session, and whoever carries its mark in the environment.
   * Empty means proven gone. Only for runs of this host. Throws where they cannot be looked for.
   */
  treeOf(identity: ProcessIdentity, mark: string): Promise<number[]>;
  /** Signals processes that `treeOf` has just named; those that are gone meanwhile are passed over. */
  signalProcesses(pids: readonly number[], signal: JobSignal): void;
  /** Whether any process of that pid exists, also a zombie. */
  exists(pid: number): boolean;
  /** The start identity of a living process, or null where it is gone or a zombie. Throws where that cannot be seen. */
  identify(pid: number): Promise<ProcessIdentity | null>;
}

/** The files of runs: output, identity and exit code on disk. A `base` is their absolute path without the ending. */
export interface RunFiles {
  base(jobSeq: number, number: number, mark: string): string;
  /** Makes the folder that all of them are in, mode 0700, where it is not there. */
  prepare(): void;
  /** Makes sure that a run without an identity file can never begin; false where one has begun. */
  forbidStart(base: string): boolean;
  evidence(base: string): RunEvidence;
  sizeOf(base: string, stream: "out" | "err"): number | null;
  /** Cuts a stream to its first `keepBytes` and adds a line that says so. */
  cut(base: string, stream: "out" | "err", keepBytes: number, note: string): void;
  tail(base: string, stream: "out" | "err", bytes: number): StreamTail;
  /** Bytes from an offset on, or null where the file is gone. */
  read(base: string, stream: "out" | "err", offset: number, bytes: number): Uint8Array | null;
  /** The base of the run of that number and mark, or null where no file of it is here. */
  find(number: number, mark: string): string | null;
  /** Replaces at one instant what a run tells of how far it is. */
  writeProgress(base: string, text: string): void;
  /** Whether it has told anything; costs little. */
  hasProgress(base: string): boolean;
  /** What it told: bytes that a job has written, so they may be anything. Null where they are more than so many. */
  readProgress(base: string, mostBytes: number): Uint8Array | null;
  removeProgress(base: string): void;
  /** Writes what a run is to read from its standard input into a file; returns its path. */
  writeInput(base: string, content: Uint8Array): string;
  removeInput(base: string): void;
  remove(base: string): void;
}

/** What jobs read from their standard input, where it is too much for the store: files of the home. */
export interface InputFiles {
  /** Writes all parts into a new file of that name; they are on disk when it returns. How many bytes they are. */
  keep(name: string, parts: AsyncIterable<Uint8Array>): Promise<number>;
  /** Where the file is, or null where it is not there. */
  find(name: string): string | null;
  /** The names of all files that were last written to before an instant, in UTC milliseconds. */
  olderThan(instant: number): string[];
  remove(name: string): void;
}

/** Between processes of one home: "something may be there to do". Never needed for correctness. */
export interface WakeUps {
  /** Wakes up to `count` idle workers that take any plain job; for Infinity also those that take only some jobs. */
  wakeIdle(count: number): void;
  /** Wakes every worker, idle or not. */
  wakeAll(): void;
  /** Wakes whoever waits for jobs to end. */
  wakeWaiters(): void;
  /** Removes what a listener that died has left. */
  forget(name: string): void;
  /**
   * Listens as `name`; null where the system has no watcher to give, so that only polling is left. A specialist does
   * not take jobs of which nothing is special, so none of them wakes it.
   */
  listen(name: string, as: { readonly isSpecialist: boolean }): WakeListener | null;
  /** Listens as `name` for jobs that end; never idle, so no work wakes it. Null where only polling is left. */
  listenForEnds(name: string): EndListener | null;
}

export interface EndListener {
  /** To be called before each look: what rings again and again meanwhile is heard once. */
  arm(): void;
  onWake(callback: () => void): void;
  close(): void;
}

export interface WakeListener {
  /** Says that one wake-up would be welcome, before looking for work. */
  markIdle(): void;
  markBusy(): void;
  onWake(callback: () => void): void;
  close(): void;
}

/** This program again, as a background process of its own session. */
export interface SelfLauncher {
  /** What calls this program, before the words of a command. */
  readonly words: readonly string[];
  /** `environment` is added to this process's own. */
  launch(args: readonly string[], environment: Readonly<Record<string, string>>): LaunchedSelf;
}

export interface LaunchedSelf {
  readonly pid: number;
  /** Its exit code, and what it wrote to stderr when that was asked for. */
  readonly ended: Promise<{ readonly code: number }>;
  /** Lets this process exit before it. */
  release(): void;
}

/** File watchers of this user's processes, and how many there may be. */
export interface Watchers {
  readonly instances: number;
  readonly mostInstances: number;
  readonly watches: number;
  readonly mostWatches: number;
}

/** How the machine is. Null wherever that cannot be told. */
export interface Vitals {
  /** The load of the last minute. */
  load(): number | null;
  /** In bytes, what can be had without swapping. */
  availableMemory(): number | null;
  /** In bytes, on the home's disk. */
  freeDisk(): number | null;
  watchers(): Promise<Watchers | null>;
}

export type Log = (line: string) => void;

/** The machine of one home. */
export interface Machine {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly host: () => Promise<HostIdentity>;
  readonly processes: JobProcesses;
  readonly runs: RunFiles;
  readonly inputs: InputFiles;
  readonly wake: WakeUps;
  readonly self: SelfLauncher;
  readonly vitals: Vitals;
  readonly pid: number;
  /** The home's path, absolute. */
  readonly home: string;
  /** Rewrites `workers.pid`, one pid a line, under a lock: `pids` is asked once it is held. */
  writePids(pids: () => Promise<readonly number[]>): Promise<void>;
  /** Whether the home still holds the store that it held when this was asked first. */
  isStoreInPlace(): boolean;
  /** Whether a folder is there to work in. */
  isFolder(path: string): boolean;
}

/** The settings of one home that were set to last. */
export interface ConfigFile {
  readonly path: string;
  /** What it holds; {} where there is none. Throws where it is broken, naming the line. */
  read(): Record<string, unknown>;
  /** Replaces it at one instant. */
  write(values: Readonly<Record<string, unknown>>): void;
  /** When it was last written, in UTC milliseconds, or null where there is none. */
  changedAt(): number | null;
}
