import { renameQueue } from "../../operations/change_queue.ts";
import { adviseOnWorkers } from "../advise_on_workers.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import { checkedQueue } from "../queue_words.ts";
import { usage } from "../words.ts";

interface Options {
  readonly from: string;
  readonly to: string;
}

export const queueRename: Command<Options> = {
  name: "queue rename",
  summary: "give a queue with all its jobs another name",
  usage: ["OLD NEW [--json]"],
  details: [
    "All at once: jobs, also finished ones, settings and what runs. Refused where a queue of the new name has jobs or " +
    "settings. Workers take jobs by the name that they were given, so start some for the new one.",
  ],
  flags: [jsonFlag],
  settings: ["durability"],
  examples: [{ line: "queuectl queue rename video encode", does: "its jobs are those of encode then" }],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const [from, to] = words.operands;
    if (from === undefined || to === undefined || words.operands.length > 2) {
      throw usage(`it takes the old and the new name, not ${words.operands.length} words`, "queue rename");
    }
    return { from: checkedQueue(from), to: checkedQueue(to) };
  },
  async run(options, session) {
    const store = await session.store();
    const jobs = await renameQueue(store, session.home.machine(), options);
    session.say(`${options.from} is ${options.to} now, with ${jobs === 1 ? "1 job" : `${jobs} jobs`}.`);
    if (session.json) session.printJson({ ...options, jobs });
    const [oldest] = await store.jobs({ queue: options.to, state: "pending", order: "oldest", limit: 1 });
    if (oldest !== undefined) {
      await adviseOnWorkers(session, [{ ...oldest, needs: [], slots: 1, resources: {} }], {
        saysNone: false,
      });
    }
    return 0;
  },
};
