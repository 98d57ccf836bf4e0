/** What a job is given beside its command: a label, meta data, and variables of the caller's environment. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { programs, TestQueue } from "../support/program.ts";

for (const program of programs) {
  Deno.test(`label and meta are shown, by flags and from a file (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const flags = ["--label", "Nightly report", "--meta", "owner=ada", "--meta", "url=a=b&c"];
    await queue.ok("enqueue", "--id", "flags", ...flags, "--", "true");
    const line = { id: "file", command: "true", label: "ünï", meta: { a: "" } };
    await queue.call(["enqueue", "-"], { stdin: JSON.stringify(line) });
    await queue.ok("enqueue", "--id", "plain", "--", "true");
    const job = await queue.job("flags");
    assertEquals([job.label, job.meta], ["Nightly report", { owner: "ada", url: "a=b&c" }]);
    assertEquals(
      (await queue.json("list")).map(({ label, meta }) => [label, meta]),
      [["Nightly report", { owner: "ada", url: "a=b&c" }], ["ünï", { a: "" }], [null, {}]],
    );
    const shown = await queue.ok("show", "flags");
    assertMatch(shown, /^ {2}label +Nightly report$/m);
    assertMatch(shown, /^ {2}meta +owner=ada, url=a=b&c$/m);
    assert(!/label|meta/.test(await queue.ok("show", "plain")));
  });
}

Deno.test("--env-from and env_from take variables as they are where enqueue is called", async () => {
  await using queue = await TestQueue.create();
  const env = { API_TOKEN: "s3cr=et 'x'", EMPTY: "" };
  const flags = ["--env-from", "API_TOKEN", "--env-from=EMPTY", "--env", "A=1"];
  await queue.call([
    "enqueue",
    "--id",
    "flags",
    ...flags,
    "--",
    'printf "%s|" "$API_TOKEN" "${EMPTY-unset}" "$A"',
  ], {
    env,
  });
  await queue.call(["enqueue", "-"], {
    env,
    stdin: '{"id":"file","command":"printf %s \\"$API_TOKEN\\"","env_from":["API_TOKEN"]}',
  });
  assertEquals((await queue.job("flags")).env, { A: "1", ...env });
  assert(!(await queue.ok("show", "flags")).includes("s3cr"), "values are shown to scripts only");
  await queue.ok("worker", "start");
  await queue.waitForState("flags", "completed");
  await queue.waitForState("file", "completed");
  assertEquals(await queue.ok("logs", "flags"), "s3cr=et 'x'||1|");
  assertEquals(await queue.ok("logs", "file"), "s3cr=et 'x'");
});

Deno.test("a variable that is not set is refused, and nothing of a file is accepted", async () => {
  await using queue = await TestQueue.create();
  const lines = '{"command":"true"}\n{"command":"true","env_from":["NOT_SET_HERE"]}';
  const refused = await queue.call(["enqueue", "-"], { stdin: lines });
  assertEquals([refused.code, refused.stdout], [2, ""]);
  assertStringIncludes(
    refused.stderr,
    'Cannot enqueue line 2 of stdin: "NOT_SET_HERE" in "env_from" is not set here',
  );
  assertEquals(await queue.json("list"), []);
});
