/** Traces: a span for each attempt, under what enqueued its job, and its context in the job's environment. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type CollectedSpan, Collector } from "../support/collector.ts";
import { letEnd, waitForRuns, waitingJob } from "../support/jobs.ts";
import { programs, quickest, TestQueue, waitFor } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const [, traceId, parentId] = parent.split("-");

function spanOf(collector: Collector, job: string, run = 1): CollectedSpan {
  return collector.spans.find(({ attributes }) =>
    attributes["messaging.message.id"] === job && attributes["queuectl.run.number"] === String(run)
  )!;
}

for (const program of programs) {
  Deno.test(`each attempt is a span under what enqueued its job (${program.name})`, async () => {
    await using collector = new Collector();
    await using queue = await TestQueue.create(program, {
      QUEUECTL_BACKOFF_BASE: "0",
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    const enqueue = (id: string, command: string) =>
      queue.call(["enqueue", "--id", id, "--max-retries", "2", "--", command], {
        env: { TRACEPARENT: parent },
      });
    assertEquals((await enqueue("good", 'echo "at $TRACEPARENT"')).code, 0);
    assertEquals((await enqueue("bad", "exit 3")).code, 0);
    await queue.ok("enqueue", "--id", "alone", "--", 'echo "at $TRACEPARENT"');
    // The context of who starts a worker is not that of its jobs.
    await queue.call(["worker", "start"], { env: { TRACEPARENT: parent.replaceAll("4", "5") } });
    await queue.waitForState("good", "completed");
    await queue.waitForState("bad", "dead");
    await queue.waitForState("alone", "completed");
    await queue.ok("worker", "stop", "--wait");
    const good = spanOf(collector, "good");
    assertEquals([good.traceId, good.parentSpanId, good.kind, good.status], [traceId, parentId, 5, {}]);
    assertEquals(good.name, "process default");
    assertEquals(good.attributes["queuectl.outcome"], "completed");
    assertEquals(await queue.ok("logs", "good"), `at 00-${traceId}-${good.spanId}-01\n`);
    assertEquals((await queue.job("good") as unknown as { env: object }).env, {});
    for (const run of [1, 2]) {
      const bad = spanOf(collector, "bad", run);
      assertEquals([bad.traceId, bad.parentSpanId, bad.status.code], [traceId, parentId, 2]);
      assertEquals(bad.attributes["process.exit.code"], "3");
    }
    const alone = spanOf(collector, "alone");
    assert(alone.traceId !== traceId && alone.parentSpanId === undefined);
    assertStringIncludes(await queue.ok("logs", "alone"), alone.spanId);
    // Nothing of commands, which may hold secrets.
    assert(!JSON.stringify(collector.spans).includes("TRACEPARENT"));
    assert(collector.logs.some(({ text }) => text.startsWith("stopping")), JSON.stringify(collector.logs));
  });
}

Deno.test("a worker that adopts a run ends the span that its job knows", async () => {
  await using collector = new Collector();
  await using queue = await TestQueue.create(quickest, {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  await queue.ok("worker", "start");
  await queue.call(["enqueue", "--id", "j", "--", `echo "$TRACEPARENT"; ${waitingJob(queue, "j")}`], {
    env: { TRACEPARENT: parent },
  });
  await waitForRuns(queue, "j", 1);
  await waitFor("its context", async () => (await queue.ok("logs", "j")) !== "");
  const [worker] = await queue.json<{ pid: number }[]>("worker", "list");
  Deno.kill(worker!.pid, "SIGKILL");
  await waitFor("its adoption", async () => {
    const list = await queue.json<{ adopted: string[] }[]>("worker", "list");
    return list.some(({ adopted }) => adopted.includes("j"));
  });
  await letEnd(queue, "j");
  await queue.waitForState("j", "completed");
  await queue.ok("worker", "stop", "--wait");
  const spans = collector.spans.filter(({ attributes }) => attributes["messaging.message.id"] === "j");
  assertEquals(spans.map(({ attributes }) => attributes["queuectl.run.adopted"]), [true]);
  assertEquals(await queue.ok("logs", "j"), `00-${traceId}-${spans[0]!.spanId}-01\n`);
});

Deno.test("without telemetry a job gets the context that it was enqueued in, and a variable of its own stays", async () => {
  await using queue = await TestQueue.create(quickest);
  const call = (id: string, ...more: string[]) =>
    queue.call(["enqueue", "--id", id, ...more, "--", 'echo "at $TRACEPARENT"'], {
      env: { TRACEPARENT: parent },
    });
  await call("a");
  await call("own", "--env", "TRACEPARENT=mine");
  await queue.ok("enqueue", "--id", "none", "--", 'echo "at $TRACEPARENT"');
  await queue.ok("worker", "start");
  for (const id of ["a", "own", "none"]) await queue.waitForState(id, "completed");
  assertEquals(
    [await queue.ok("logs", "a"), await queue.ok("logs", "own"), await queue.ok("logs", "none")],
    [`at ${parent}\n`, "at mine\n", "at \n"],
  );
});

for (const program of programs) {
  Deno.test(`jobs that come by HTTP belong to the request's trace (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await using server = await WebServer.start(queue);
    const post = (ids: readonly string[], traceparent: string | null) =>
      server.json("/api/v1/jobs", {
        json: ids.map((id) => ({ id, command: 'echo "at $TRACEPARENT"' })),
        headers: traceparent === null ? {} : { traceparent },
        status: 201,
      });
    await post(["a", "b"], parent);
    await post(["unsound"], parent.replace("00-", "ff-"));
    await post(["twice"], `${parent}, ${parent}`);
    await post(["none"], null);
    await queue.ok("worker", "start");
    const written = async (id: string) => {
      await queue.waitForState(id, "completed");
      return await queue.ok("logs", id);
    };
    assertEquals([await written("a"), await written("b")], [`at ${parent}\n`, `at ${parent}\n`]);
    for (const id of ["unsound", "twice", "none"]) assertEquals(await written(id), "at \n", id);
  });
}
