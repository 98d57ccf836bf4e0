/**
 * How a process that works off no-op jobs is told when: it says `ready` when they are stored, reads the lengths of its
 * warm-up and of the time that counts from its stdin (milliseconds, two numbers in a line), and says in the end how many
 * jobs it settled a second in that time.
 */

const encoder = new TextEncoder();

/** Calls `work` at the signal; what it is given is called once a settled job, or with the size of a settled batch. */
export async function workShift(
  jobs: number,
  work: (settled: (jobs?: number) => void) => void,
): Promise<void> {
  const { warmUpMs, countedMs } = await readOrder();
  let count = 0;
  work((jobs = 1) => count += jobs);
  await sleep(warmUpMs);
  const [before, start] = [count, performance.now()];
  await sleep(countedMs);
  const rate = (count - before) / (performance.now() - start) * 1000;
  if (count >= jobs) throw new Error(`all ${jobs} jobs were done before the time was over`);
  Deno.stdout.writeSync(encoder.encode(`${rate}\n`));
  Deno.exit();
}

async function readOrder(): Promise<{ readonly warmUpMs: number; readonly countedMs: number }> {
  Deno.stdout.writeSync(encoder.encode("ready\n"));
  const buffer = new Uint8Array(100);
  const length = await Deno.stdin.read(buffer) ?? 0;
  const [warmUpMs, countedMs] = new TextDecoder().decode(buffer.subarray(0, length)).split(" ").map(Number);
  return { warmUpMs: warmUpMs!, countedMs: countedMs! };
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
