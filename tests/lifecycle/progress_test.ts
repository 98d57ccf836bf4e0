/** How far jobs say that they are: by real workers, in whichever hands, whatever a job leaves in its file. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { holderOf, letEnd, sigkill, waitingJob } from "../support/jobs.ts";
import { programs, TestQueue } from "../support/program.ts";

/** The program as a job calls it. */
function called(queue: TestQueue): string {
  return [queue.program.command, ...queue.program.args].map((word) => `'${word}'`).join(" ");
}

/** Says how far it is, and waits for a file. */
function telling(queue: TestQueue, name: string, words: string): string {
  return `${called(queue)} progress ${words} && ${waitingJob(queue, name)}`;
}

async function waitForProgress(queue: TestQueue, id: string, percent: number) {
  return await queue.waitForJob(id, `at ${percent} %`, ({ progress }) => progress?.percent === percent);
}

for (const program of programs) {
  Deno.test(`a job tells how far it is while it runs, and its last word stays (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" });
    await queue.ok("worker", "start");
    const last = `if [ $QUEUECTL_ATTEMPT = 1 ]; then ${called(queue)} progress 90 'nearly there'; exit 1; fi`;
    await queue.ok("enqueue", "--id", "j", "--", `${telling(queue, "j", "40 'ünïcödé'")}; ${last}`);
    await queue.ok("enqueue", "--id", "waits", "--delay", "1h", "--", "true");
    const job = await waitForProgress(queue, "j", 40);
    assertEquals(job.progress, { percent: 40, text: "ünïcödé" });
    assertEquals(job.runs.map((run) => run.progress), [job.progress]);
    assertStringIncludes(await queue.ok("show", "j"), "\n  40 %: ünïcödé\n");
    assertStringIncludes(await queue.ok("list"), "run 1, 40 %");
    assertEquals((await queue.json("list")).map(({ progress }) => progress), [job.progress, null]);
    await letEnd(queue, "j");
    const over = await queue.waitForState("j", "completed");
    assertEquals(over.progress, null);
    assertEquals(over.runs.map((run) => run.progress), [
      { percent: 90, text: "nearly there" },
      { percent: 40, text: "ünïcödé" },
    ]);
    assertEquals([...Deno.readDirSync(`${queue.home}/runs`)], []);
  });
}

Deno.test("progress is told in a home with spaces, and by a process deep in the job", async () => {
  await using queue = await TestQueue.create();
  const env = { QUEUECTL_HOME: queue.path("my own home") };
  const call = async (...args: string[]) => {
    const { code, stdout, stderr } = await queue.call(args, { env });
    assertEquals(code, 0, stderr);
    return stdout;
  };
  await call("worker", "start");
  await call("enqueue", "--id", "j", "--", `sh -c "${called(queue)} progress 7 && : more"`);
  await call("wait", "j");
  const { runs } = JSON.parse(await call("show", "j", "--json"));
  assertEquals(runs[0].progress, { percent: 7, text: null });
});

Deno.test("an adopted run goes on telling how far it is", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const then = `${called(queue)} progress 60 'after'; ${waitingJob(queue, "end")}`;
  await queue.ok("enqueue", "--id", "j", "--", `${telling(queue, "j", "20 before")}; ${then}`);
  await waitForProgress(queue, "j", 20);
  const first = await holderOf(queue, "j");
  sigkill(first.pid);
  await queue.waitFor("another holder", async () => (await holderOf(queue, "j")).id !== first.id);
  await letEnd(queue, "j");
  const job = await waitForProgress(queue, "j", 60);
  assertEquals([job.runs.length, job.runs[0]!.adopted, job.progress!.text], [1, true, "after"]);
  await letEnd(queue, "end");
  assertEquals((await queue.waitForState("j", "completed")).runs[0]!.progress, {
    percent: 60,
    text: "after",
  });
});

Deno.test("whatever a job puts in place of its progress, its worker goes on", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const put: Readonly<Record<string, string>> = {
    garbage: 'head -c 1000 /dev/urandom >"$file"',
    "wrong-json": `echo '{"percent":400,"text":null}' >"$file"`,
    huge: 'truncate -s 10G "$file"',
    pipe: 'mkfifo "$file"',
    link: 'ln -s /etc/passwd "$file"',
    device: 'ln -s /dev/zero "$file"',
    folder: 'mkdir -p "$file/x"',
  };
  for (const [id, command] of Object.entries(put)) {
    const file =
      `file=$(ls "$QUEUECTL_HOME"/runs/*-$QUEUECTL_RUN.id); file=\${file%.id}.progress; ${command}`;
    await queue.ok("enqueue", "--id", id, "--", `${file}; sleep 1.3; echo done`);
  }
  for (const id of Object.keys(put)) {
    const job = await queue.waitForState(id, "completed");
    assertEquals([job.runs.length, job.runs[0]!.progress, job.runs[0]!.stdout_tail], [1, null, "done\n"], id);
  }
  const left = [...Deno.readDirSync(`${queue.home}/runs`)].map(({ name }) => name);
  assert(left.every((name) => name.startsWith(`${Object.keys(put).length}-1-`)), left.join(" "));
});

Deno.test("what a run has left behind tells nothing more of it", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("worker", "start");
  const daemon = `while [ ! -e ${queue.path("go")} ]; do sleep 0.05; done; ${called(queue)} progress 99`;
  await queue.ok("enqueue", "--id", "j", "--", `(${daemon}) 2>${queue.path("said")} & yes | head -c 100000`);
  await queue.waitForState("j", "completed");
  await Deno.writeTextFile(queue.path("go"), "");
  await queue.waitFor(
    "the refusal",
    async () => (await Deno.readTextFile(queue.path("said"))).includes("See"),
  );
  assertStringIncludes(await Deno.readTextFile(queue.path("said")), 'run 1 of job "j": it has ended');
  assertEquals((await queue.job("j")).runs[0]!.progress, null);
});
