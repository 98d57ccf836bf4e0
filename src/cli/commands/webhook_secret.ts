import { QueueError } from "../../core/errors.ts";
import { mostSecrets } from "../../core/webhook_secret.ts";
import { setSetting } from "../../operations/change_config.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { noOperands, usage } from "../words.ts";
import type { WebhookWorld } from "../world.ts";

interface Options {
  readonly webhooks: WebhookWorld;
  readonly change: "rotate" | "forget" | null;
}

export const webhookSecret: Command<Options> = {
  name: "webhook secret",
  summary: "the secret that signs webhooks, for who receives them",
  usage: ["[--json]", "--rotate [--json]", "--forget-old [--json]"],
  details: [
    "Makes one where there is none, and keeps it (setting webhook_secret): on each host with workers it must be the same. " +
    "It is printed here and nowhere else.",
    `--rotate puts a new one before it. Both sign then, so that receivers may go on with the old one until they know the new ` +
    `one; --forget-old ends that. Up to ${mostSecrets} sign at once.`,
  ],
  flags: [
    { name: "rotate", help: "make a new one; the ones before it go on signing" },
    { name: "forget-old", help: "let only the newest one sign" },
    jsonFlag,
  ],
  examples: [
    { line: "queuectl webhook secret", does: "prints it, whsec_…" },
    { line: "queuectl webhook secret --rotate", does: "prints the new one; give it to the receivers, then:" },
    { line: "queuectl webhook secret --forget-old", does: "the old one is worth nothing any more" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: false,
  async parse(words, session) {
    noOperands(words, "webhook secret");
    const [rotates, forgets] = [words.switches.has("rotate"), words.switches.has("forget-old")];
    if (rotates && forgets) throw usage("--rotate and --forget-old exclude each other", "webhook secret");
    const change = rotates ? "rotate" : forgets ? "forget" : null;
    return { webhooks: await session.world.webhooks(), change };
  },
  run({ webhooks, change }, session) {
    const { values, sources } = session.resolved;
    const before = values.webhook_secret;
    const secrets = change === "forget"
      ? before.slice(0, 1)
      : change === "rotate" || before.length === 0
      ? [webhooks.newSecret(), ...before].slice(0, mostSecrets)
      : before;
    if (secrets.length === 0) {
      throw new QueueError("refused", "Cannot forget old secrets: there is none", {
        hint: "Make one: queuectl webhook secret",
      });
    }
    if (secrets.join() !== before.join()) {
      if (sources.webhook_secret === "environment") {
        throw new QueueError("refused", "Cannot change the secret: QUEUECTL_WEBHOOK_SECRET sets it here", {
          hint: "Change it where that variable comes from",
        });
      }
      const { config, make } = { config: session.home.config, make: () => session.home.make() };
      setSetting(config, { name: "webhook_secret", text: secrets.join(), prepare: make });
      session.say(
        `${before.length === 0 ? "Made, and kept" : "Kept"} in ${config.path}: ${secrets.length} sign(s).`,
      );
    }
    if (session.json) session.printJson({ secret: secrets[0], older: secrets.length - 1 });
    else session.print(secrets[0]!);
    return Promise.resolve(0);
  },
};
