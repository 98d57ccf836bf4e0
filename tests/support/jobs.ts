/** Jobs that tests can watch and let go, and the workers that hold them. */

import { assert } from "@std/assert";
import { supervisorPids, type TestQueue, type WorkerShape } from "./program.ts";

/** A job that says its pid, and waits for a file. */
export function waitingJob(queue: TestQueue, name: string): string {
  return `echo $$ >>${queue.path(`${name}.pids`)}; while [ ! -e ${
    queue.path(`${name}.go`)
  } ]; do sleep 0.05; done`;
}

/** Lets the runs of a waiting job end. */
export async function letEnd(queue: TestQueue, name: string): Promise<void> {
  await Deno.writeTextFile(queue.path(`${name}.go`), "");
}

export async function pidsOf(queue: TestQueue, name: string): Promise<number[]> {
  const text = await Deno.readTextFile(queue.path(`${name}.pids`)).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map(Number);
}

/** Waits until a job has said so many pids. */
export async function waitForRuns(queue: TestQueue, name: string, count: number): Promise<number[]> {
  await queue.waitFor(`run ${count} of ${name}`, async () => (await pidsOf(queue, name)).length >= count);
  return await pidsOf(queue, name);
}

export async function workersOf(queue: TestQueue): Promise<WorkerShape[]> {
  return await queue.json<WorkerShape[]>("worker", "list");
}

/** The living worker that holds a job. */
export async function holderOf(queue: TestQueue, job: string): Promise<WorkerShape> {
  let holder: WorkerShape | undefined;
  await queue.waitFor(`a living holder of ${job}`, async () => {
    holder = (await workersOf(queue)).find((each) => each.jobs.includes(job) && each.state !== "gone");
    return holder !== undefined;
  });
  return holder!;
}

export function sigkill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function killSupervisors(queue: TestQueue): Promise<void> {
  const pids = await supervisorPids(queue.home);
  assert(pids.length > 0, "no supervisor was found");
  for (const pid of pids) sigkill(pid);
}

/** Kills the supervisors, then the workers, and waits until they are gone. */
export async function killAll(queue: TestQueue): Promise<void> {
  await killSupervisors(queue);
  for (const worker of await workersOf(queue)) sigkill(worker.pid);
  await queue.waitFor(
    "everyone to be gone",
    async () => (await workersOf(queue)).every((each) => each.state === "gone"),
  );
}
