/** When a job may start, and until when, as users say it. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programs, TestQueue } from "../support/program.ts";

const berlin = { env: { TZ: "Europe/Berlin" } };

for (const program of programs) {
  Deno.test(`a time in words is the caller's local time, and it is said what it became (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const { code, stderr } = await queue.call(
      ["enqueue", "--id", "j", "--run-at", "tomorrow 9:00", "--", "true"],
      berlin,
    );
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^Accepted j; due \d{4}-\d\d-\d\dT09:00:00\+0[12]:00 \(in \d+h( \d+m)?\)\.\n/);
    const due = /due (\S+)/.exec(stderr)![1]!;
    assertEquals((await queue.job("j")).run_at, new Date(due).toISOString());
    const inUtc = await queue.call(["enqueue", "--id", "u", "--run-at", "in 2 hours", "--", "true"], {
      env: { TZ: "UTC" },
    });
    assertMatch(inUtc.stderr, /^Accepted u; due \S+T\S+Z \(in 2h\)\.\n/);
  });
}

Deno.test("times in words are read in JSON and files too, and in retry_until", async () => {
  await using queue = await TestQueue.create();
  const dueIn = (runAt: string) => Date.parse(runAt) - Date.now();
  const accepted = await queue.json<{ run_at: string }>(
    "enqueue",
    '{"command":"true","run_at":"in 2 hours","retry_until":"in 3 days"}',
  );
  assert(Math.abs(dueIn(accepted.run_at) - 7_200_000) < 60_000, accepted.run_at);
  const { rules } = (await queue.json("list"))[0]!;
  assert(Math.abs(dueIn(String(rules!.retry_until)) - 3 * 86_400_000) < 60_000, JSON.stringify(rules));
  const lines = ["in 1 hour", "2030-01-01T00:00:00Z", "in 90 minutes", "in 1 hour"]
    .map((runAt, index) => JSON.stringify({ id: `f${index}`, command: "true", run_at: runAt }));
  const file = await queue.call(["enqueue", "-"], { stdin: lines.join("\n") });
  assertEquals([file.code, file.stdout], [0, "f0\nf1\nf2\nf3\n"], file.stderr);
  const runAts = await Promise.all([0, 1, 2, 3].map(async (index) => (await queue.job(`f${index}`)).run_at));
  assertEquals([runAts[1], runAts[3]], ["2030-01-01T00:00:00.000Z", runAts[0]!]);
  assertEquals(Date.parse(runAts[2]!) - Date.parse(runAts[0]!), 1_800_000);
  const wrong = await queue.call(["enqueue", "-"], {
    stdin: `${lines[0]!.replace("f0", "g0")}\n{"command":"true","run_at":"some day"}\n`,
  });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, `Cannot enqueue line 2 of stdin: "run_at" cannot be "some day"`);
  assertEquals((await queue.json("list")).length, 5);
});
