/** What an ordinary user meets: files of others, and read-only places. As root these tests drop to such a user. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Program, programs, TestQueue } from "../support/program.ts";

/** The uid that root drops to; any that owns nothing here. */
const nobody = 65534;

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

for (const program of programs) defineOrdinary(program);

/** The program where an ordinary user can start it, or why there is none. */
async function withinReach(program: Program, folder: string): Promise<Program | string> {
  if (!isRoot) return program;
  if (program.name === "source") return "this is root, and an ordinary user cannot reach its Deno";
  const command = `${folder}/queuectl`;
  await Deno.copyFile(program.command, command);
  await Deno.chmod(command, 0o755);
  try {
    await new Deno.Command(command, { args: ["--help"], uid: nobody, gid: nobody, stdout: "null" }).output();
    return { ...program, command };
  } catch {
    return "this is root, and it cannot drop to an ordinary user";
  }
}

function defineOrdinary(program: Program): void {
  const ordinary = (name: string, body: (queue: TestQueue, uid: number | undefined) => Promise<void>): void =>
    Deno.test({
      name: `${name} (${program.name})`,
      ignore: Deno.build.os === "windows",
      async fn() {
        const folder = await Deno.makeTempDir({ prefix: "queuectl-ordinary-" });
        try {
          await Deno.chmod(folder, 0o755);
          const reachable = await withinReach(program, folder);
          if (typeof reachable === "string") return console.error(`!!! not tested: ${reachable}`);
          await using queue = await TestQueue.create(reachable);
          if (isRoot) await Deno.chmod(queue.path("."), 0o777);
          await body(queue, isRoot ? nobody : undefined);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });

  ordinary("a home that belongs to someone else is refused", async (queue, uid) => {
    if (!isRoot) return console.error("!!! not tested: it takes root to give a home away");
    await queue.ok("enqueue", "--", "true");
    const result = await queue.call(["status"], { uid: uid! });
    assertEquals(result.code, 4);
    assertStringIncludes(result.stderr, "it belongs to another user (uid 0)");
  });

  ordinary("a store that cannot be read or written is refused with exit code 4", async (queue, uid) => {
    const options = uid === undefined ? {} : { uid };
    assertEquals((await queue.call(["enqueue", "--", "true"], options)).code, 0);
    await Deno.chmod(`${queue.home}/queue.sqlite`, 0o000);
    for (const args of [["status"], ["enqueue", "--", "true"]]) {
      const result = await queue.call(args, options);
      assertEquals(result.code, 4, result.stderr);
      assertStringIncludes(result.stderr, "queue.sqlite");
    }
  });

  ordinary("a home that cannot be made is said", async (queue, uid) => {
    await Deno.chmod(queue.path("."), 0o555);
    const result = await queue.call(["enqueue", "--", "true"], uid === undefined ? {} : { uid });
    await Deno.chmod(queue.path("."), 0o777);
    assertEquals(result.code, 4, result.stderr);
    assertStringIncludes(result.stderr, "access is denied");
  });

  ordinary("a file of jobs that may not be read is said", async (queue, uid) => {
    const file = queue.path("secret.jsonl");
    await Deno.writeTextFile(file, '{"command":"true"}', { mode: 0o000 });
    const result = await queue.call(["enqueue", "--file", file], uid === undefined ? {} : { uid });
    assertEquals(result.code, 2);
    assertStringIncludes(result.stderr, "access is denied");
  });
}
