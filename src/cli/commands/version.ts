import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { noOperands } from "../words.ts";

export const version: Command<void> = {
  name: "version",
  summary: "the version of the program and its parts",
  usage: ["[--json]"],
  flags: [jsonFlag],
  examples: [{ line: "queuectl version", does: "program, Deno, SQLite driver, target" }],
  permissions: ["read"],
  usesStore: true,
  parse: (words) => noOperands(words, "version"),
  async run(_, session) {
    const { program, deno, target, isCompiled } = session.world.version;
    const { name, sqliteVersion, note } = await session.world.driver();
    if (session.json) {
      session.printJson({
        version: program,
        deno,
        sqlite: sqliteVersion,
        sqlite_driver: name,
        sqlite_driver_note: note,
        target,
        compiled: isCompiled,
      });
      return 0;
    }
    session.print([
      `queuectl ${program} (${isCompiled ? "compiled" : "from source"})`,
      `deno     ${deno}`,
      `sqlite   ${sqliteVersion} through ${name}${note === null ? "" : ` (${note})`}`,
      `target   ${target}`,
    ].join("\n"));
    return 0;
  },
};
