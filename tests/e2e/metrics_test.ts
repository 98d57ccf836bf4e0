/** `metrics`, checked by Prometheus' own tool where it is installed; and the files that go with them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { metrics } from "../../src/operations/metrics.ts";
import { readExposition } from "../support/exposition.ts";
import { programs, TestQueue } from "../support/program.ts";
import { hasPromtool, promtool } from "../support/promtool.ts";

const folder = fromFileUrl(new URL("../../scripts/monitoring/", import.meta.url));

for (const program of programs) {
  Deno.test(`metrics are in Prometheus' form, and no counter falls when jobs are removed (${program.name})`, async () => {
    await using queue = await TestQueue.create(program, { QUEUECTL_BACKOFF_BASE: "0" });
    const before = await queue.call(["metrics"]);
    assertEquals([before.code, before.stdout], [4, ""]);
    await queue.ok("enqueue", "--id", "a", "--", "true");
    await queue.ok("enqueue", "--id", "b", "--", "exit 3");
    await queue.ok("enqueue", "--delay", "1h", "--", "true");
    await queue.ok("worker", "start");
    await queue.waitForState("b", "dead");
    await queue.waitForState("a", "completed");
    const text = await queue.ok("metrics");
    if (hasPromtool()) assertEquals(await promtool(["check", "metrics"], text), "");
    const seen = readExposition(text);
    assertEquals(seen.get('queuectl_attempts_total{outcome="failed",queue="default"}'), 3);
    assertEquals(seen.get('queuectl_retries_total{queue="default"}'), 2);
    assertEquals(seen.get('queuectl_workers{state="idle"}'), 1);
    assertEquals(seen.get("queuectl_jobs_delayed"), 1);
    assertEquals(seen.get('queuectl_run_duration_seconds_count{queue="default"}'), 4);
    await queue.ok("remove", "a", "b");
    const after = readExposition(await queue.ok("metrics"));
    for (const { name, type } of metrics.filter(({ type }) => type !== "gauge")) {
      for (const [key, value] of seen) {
        if (key.startsWith(name)) assert(after.get(key)! >= value, `${type} ${key}`);
      }
    }
    assertEquals(after.get('queuectl_jobs{state="dead",queue="default"}'), 0);
  });
}

Deno.test("metrics --output replaces the file at once, for others to read, and leaves it where the store is away", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--", "true");
  const out = queue.path("out");
  await Deno.mkdir(out);
  assertEquals(await queue.ok("metrics", "--output", `${out}/q.prom`), "");
  const text = await Deno.readTextFile(`${out}/q.prom`);
  assertMatch(text, /^queuectl_jobs\{state="pending",queue="default"\} 1$/m);
  assertEquals((await Deno.stat(`${out}/q.prom`)).mode! & 0o777, 0o644);
  assertEquals([...Deno.readDirSync(out)].map(({ name }) => name), ["q.prom"]);
  const away = await queue.call([
    "metrics",
    "--store",
    "postgres://127.0.0.1:1/none",
    "--output",
    `${out}/q.prom`,
  ]);
  assertEquals(away.code, 4, away.stderr);
  assertEquals(await Deno.readTextFile(`${out}/q.prom`), text);
  const lost = await queue.call(["metrics", "--output", `${out}/no/q.prom`]);
  assertEquals(lost.code, 1);
  assertStringIncludes(lost.stderr, "Cannot write");
});

Deno.test("the alert rules are sound, and with the dashboard name only metrics that there are", async () => {
  if (hasPromtool()) assertMatch(await promtool(["check", "rules", `${folder}alerts.yml`]), /SUCCESS/);
  const names = metrics.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  );
  for (const file of ["alerts.yml", "dashboard.json"]) {
    const text = await Deno.readTextFile(folder + file);
    const used = new Set([...text.matchAll(/\bqueuectl_[a-z_]+/g)].map(([name]) => name));
    for (const name of used) assert(names.includes(name), `${file} uses ${name}`);
    assert(used.size > 5);
  }
  JSON.parse(await Deno.readTextFile(`${folder}dashboard.json`));
});
