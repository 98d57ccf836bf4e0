import { assertEquals } from "@std/assert";
import type { Job, Worker } from "../../api/types.ts";
import { crewOf } from "./crew.ts";

const worker = (id: string, state: Worker["state"], jobs: string[] = [], adopted: string[] = []) =>
  ({ id, state, jobs, adopted }) as unknown as Worker;

Deno.test("workers come with what they run: the busiest first, then the silent, then the idle", () => {
  const running = [{ id: "a", command: "true" }, { id: "b", command: "false" }] as Job[];
  const crew = crewOf([
    worker("idle", "idle"),
    worker("silent", "silent"),
    worker("one", "busy", ["a"]),
    worker("two", "busy", ["b", "c"], ["c"]),
  ], running);
  assertEquals(crew.map((member) => [member.worker.id, member.jobs.map(({ id }) => id)]), [
    ["two", ["b", "c"]],
    ["one", ["a"]],
    ["silent", []],
    ["idle", []],
  ]);
  assertEquals(crew[0]!.jobs.map(({ command }) => command), ["false", undefined]);
});
