import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { noOperands, usage } from "../words.ts";

export const init: Command<void> = {
  name: "init",
  summary: "make a queue that belongs to this folder (.queuectl/)",
  usage: ["[--json]"],
  details: [
    "Every queuectl command in this folder and below uses it from then on. It is yours alone (mode 0700), and holds a " +
    ".gitignore that keeps it out of commits.",
  ],
  flags: [jsonFlag],
  examples: [{ line: "queuectl init", does: "then: queuectl enqueue -- make test" }],
  permissions: ["read", "write", "sys"],
  usesStore: false,
  parse(words) {
    noOperands(words, "init");
    if (words.values.has("home")) {
      throw usage(
        "it makes .queuectl in this folder; any other home is made by the first command that uses it",
        "init",
      );
    }
  },
  run(_, session) {
    const { path, isNew } = session.world.makeLocalHome();
    if (session.json) session.printJson({ home: path, created: isNew });
    else session.print(path);
    session.say(
      isNew ? "This folder has a queue of its own now." : "This folder had a queue already; it is yours.",
    );
    if (session.world.hasHomeVariable) session.say("But QUEUECTL_HOME is set, and goes before it.");
    return Promise.resolve(0);
  },
};
