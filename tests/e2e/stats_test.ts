/** `stats`: what ran lately, for people, in pipes and for programs. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkJson } from "../support/json_schemas.ts";
import { programs, TestQueue } from "../support/program.ts";
import { Terminal } from "../support/terminal.ts";

interface Row {
  readonly runs: number;
  readonly completed: number;
  readonly failed: number;
  readonly dead: number;
  readonly retries: number;
  readonly failure_rate: number;
  readonly command?: string;
}

async function fill(queue: TestQueue): Promise<void> {
  await queue.ok("enqueue", "--id", "a", "--", "sleep 0.1");
  await queue.ok("enqueue", "--id", "b", "--", "exit 3");
  await queue.ok("worker", "start");
  await queue.waitForState("a", "completed");
  await queue.waitForState("b", "dead");
  await queue.ok("worker", "stop", "--wait");
}

for (const program of programs) {
  Deno.test(`stats counts what has ended, by queue and by command (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" });
    const nothing = await queue.call(["stats"]);
    assertEquals([nothing.code, nothing.stdout], [0, ""]);
    assertMatch(nothing.stderr, /^Nothing has ended since /);
    checkJson("stats", await queue.json("stats"));
    await fill(queue);
    const { total, rows } = await queue.json<{ total: Row; rows: Row[] }>("stats", "--by=command");
    assertEquals([total.runs, total.completed, total.failed, total.dead, total.retries], [4, 1, 3, 1, 2]);
    assertEquals(total.failure_rate, 0.75);
    assertEquals(rows.map(({ command, runs }) => [command, runs]), [["exit", 3], ["sleep", 1]]);
    const piped = (await queue.ok("stats", "--since", "1h")).split("\n");
    assertMatch(piped[0]!, /^QUEUE +DONE +PER HOUR +FAILED +RETRIES +WAIT p50\/95\/99 +RUN p50\/95\/99$/);
    assertMatch(piped[1]!, /^default +1 +1\.0 +75% +2 /);
    // What was removed did run.
    await queue.ok("remove", "a", "b");
    assertEquals((await queue.json<{ total: Row }>("stats")).total.runs, 4);
  });
}

Deno.test("stats refuses what it does not know, and a time that is too long ago", async () => {
  await using queue = await TestQueue.create();
  for (const args of [["--by", "host"], ["--since", "yesterday"], ["--since", "40d"], ["x"]]) {
    assertEquals((await queue.call(["stats", ...args])).code, 2, args.join(" "));
  }
});

Deno.test("stats draws bars on a terminal that has room, in ASCII where that is all it shows", async () => {
  await using queue = await TestQueue.create(undefined, { QUEUECTL_BACKOFF_BASE: "0" });
  await fill(queue);
  for (const [locale, bar] of [["C.UTF-8", "█"], ["C", "#"]] as const) {
    await using wide = Terminal.start(queue, ["stats"], { columns: 110, env: { LC_ALL: locale } });
    assertEquals(await wide.end(), 0);
    assertStringIncludes(wide.shown, "TREND");
    assertStringIncludes(wide.shown, bar);
  }
  await using narrow = Terminal.start(queue, ["stats"], { columns: 60 });
  assertEquals(await narrow.end(), 0);
  assert(!narrow.shown.includes("TREND"));
});
