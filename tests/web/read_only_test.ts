/** A server that only shows: nothing changes, whoever asks, and the process could not if it wanted to. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { routes } from "../../src/web/routes.ts";
import { checkProblem } from "../support/api_answers.ts";
import { programs, supervisorPids, TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

for (const program of programs) {
  Deno.test(`--read-only refuses every change, and everything can still be read (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    await queue.ok("enqueue", "--id", "a", "--", "echo hi");
    await queue.ok("worker", "start");
    await queue.waitForState("a", "completed");
    await queue.ok("worker", "stop", "--wait");
    // It goes last, and takes files with it.
    await queue.waitFor(
      "the supervisor to end",
      async () => (await supervisorPids(queue.home)).length === 0,
    );
    const filesBefore = await listing(queue.home);
    await using server = await WebServer.start(queue, ["serve", "--listen", "127.0.0.1:0", "--read-only"]);
    for (const { method, path, changes } of routes) {
      if (!changes) continue;
      const filled = path.replace("{id}", "a").replace("{name}", "default");
      const answer = await server.ask(`/api/v1${filled}`, {
        method: method.toUpperCase(),
        ...(method === "delete" ? {} : { json: {} }),
      });
      assertEquals<unknown>(answer.status, 403, `${method} ${path}: ${answer.text}`);
      checkProblem(answer);
      assertStringIncludes(answer.text, "--read-only");
    }
    assertEquals<unknown>((await server.json("/api/v1/jobs")).jobs.length, 1);
    assertEquals<unknown>((await server.json("/api/v1/jobs/a/explain")).state, "completed");
    assertEquals<unknown>((await server.ask("/api/v1/jobs/a/runs/1/stdout")).text, "hi\n");
    assertEquals<unknown>(await listing(queue.home), filesBefore);
    assertEquals<unknown>((await server.stop()).code, 0);
    assertEquals<unknown>((await queue.json("list")).length, 1);
  });
}

/** Names of what is in the home; what SQLite puts beside its file comes and goes with who reads it. */
async function listing(home: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(home)) if (!name.startsWith("queue.sqlite")) names.push(name);
  return names.sort();
}

Deno.test("every route that changes something says so", () => {
  for (const { method, path, changes } of routes) {
    assertEquals<unknown>(changes, method !== "get", `${method} ${path}`);
  }
  assert(routes.some(({ changes }) => changes));
});
