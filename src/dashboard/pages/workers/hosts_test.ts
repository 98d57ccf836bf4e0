import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Worker } from "../../api/types.ts";
import { byHost, noteOf, resourcesText, sumOf } from "./hosts.ts";

function workerWith(given: Partial<Worker>): Worker {
  return {
    id: "w",
    pid: 1,
    host: "a",
    concurrency: 2,
    tags: [],
    queues: ["default"],
    resources: {},
    held: null,
    state: "idle",
    started_at: "2026-11-01T00:00:00.000Z",
    heartbeat_at: "2026-11-01T00:00:00.000Z",
    jobs: [],
    adopted: [],
    supervised: true,
    version: "1",
    ...given,
  };
}

Deno.test("workers stand under their hosts, and only those that are heard count", () => {
  const workers = [
    workerWith({ id: "1", host: "b", state: "busy", jobs: ["x"] }),
    workerWith({ id: "2" }),
    workerWith({ id: "3", host: "b", state: "silent", jobs: ["y", "z"] }),
  ];
  assertEquals(byHost(workers).map(({ name, workers: its }) => [name, its.map(({ id }) => id).join()]), [
    ["a", "2"],
    ["b", "1,3"],
  ]);
  assertEquals(sumOf(workers), "2 workers, 1 job in 4 slots, 1 silent");
  assertEquals(sumOf(workers.slice(2)), "1 silent worker");
  assertEquals(sumOf(workers.slice(0, 1)), "1 worker, 1 job in 2 slots");
});

Deno.test("what is unusual about a worker is a sentence", () => {
  assertEquals(noteOf(workerWith({})), null);
  assertEquals(
    noteOf(workerWith({ held: "its load is 9.1, above max_load 8" })),
    "Starts nothing for now: its load is 9.1, above max_load 8.",
  );
  assertStringIncludes(noteOf(workerWith({ state: "silent", jobs: ["a", "b"] }))!, "takes over its 2 jobs");
  assertStringIncludes(noteOf(workerWith({ state: "stopping", jobs: ["a"] }))!, "ends with what it runs");
  assertEquals(resourcesText({}), null);
  assertEquals(resourcesText({ cpu: 4, gpu: 1 }), "cpu 4, gpu 1");
});
