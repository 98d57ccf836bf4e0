import type { Command } from "../command.ts";
import { serveUntilEnd } from "../serving.ts";
import { noOperands } from "../words.ts";
import type { WebWorld } from "../world.ts";
import { readOnlyFlag } from "./serve.ts";

interface Options {
  readonly web: WebWorld;
  readonly opens: boolean;
  readonly isReadOnly: boolean;
}

export const ui: Command<Options> = {
  name: "ui",
  summary: "open the dashboard of this queue in the browser",
  usage: ["[--no-open] [--read-only]"],
  details: [
    "Serves it on a free port of this machine until Ctrl-C. The URL that is printed logs one browser in, which may open " +
    "it again; nobody else can use the server. To serve for longer, or for other machines: queuectl serve.",
  ],
  flags: [{ name: "no-open", help: "only print the URL" }, readOnlyFlag],
  settings: ["request_limit", "durability"],
  examples: [
    { line: "queuectl ui", does: "in the browser that opens" },
    { line: "queuectl ui --no-open", does: "in the browser that you open" },
  ],
  permissions: ["read", "write", "run", "sys", "net"],
  usesStore: true,
  async parse(words, session) {
    noOperands(words, "ui");
    return {
      web: await session.world.web(),
      opens: !words.switches.has("no-open"),
      isReadOnly: words.switches.has("read-only"),
    };
  },
  async run({ web, opens, isReadOnly }, session) {
    const served = { web, hostname: "127.0.0.1", port: 0, names: [], isReadOnly };
    return await serveUntilEnd({ ...served, admission: "link" }, session, async (server) => {
      const url = server.loginUrl();
      session.print(url);
      if (opens && !await web.openBrowser(url)) {
        session.say("No browser could be opened; open the URL yourself.");
      }
      session.say("Ctrl-C ends it.");
    });
  },
};
