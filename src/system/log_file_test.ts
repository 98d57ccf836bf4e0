import { assert, assertEquals, assertMatch } from "@std/assert";
import { logFile, rotateAboveBytes } from "./log_file.ts";

Deno.test("each line tells when and who; a long log is set aside, three are kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "queuectl-log-" });
  const path = `${folder}/logs/queuectl.log`;
  const log = logFile(path, "worker w1", () => Date.UTC(2026, 0, 1));
  log("one\ntwo");
  assertEquals(Deno.readTextFileSync(path), "2026-01-01T00:00:00.000Z worker w1: one\n  two\n");
  for (let i = 0; i < 5; i++) {
    Deno.writeTextFileSync(path, `${i}${"x".repeat(rotateAboveBytes)}`);
    log("after");
    assertMatch(Deno.readTextFileSync(path), /: after\n$/);
  }
  const kept = [...Deno.readDirSync(`${folder}/logs`)].map((entry) => entry.name).toSorted();
  assertEquals(kept, [".lock", "queuectl.log", "queuectl.log.1", "queuectl.log.2", "queuectl.log.3"]);
  assertEquals(Deno.readTextFileSync(`${path}.1`)[0], "4");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a log that cannot be written stops nobody", () => {
  logFile("/dev/null/logs/x.log", "w", Date.now)("lost");
  assert(true);
});
