import { QueueError } from "../../core/errors.ts";
import { readPayload } from "../../core/job_payload.ts";
import type { QueueDefaults } from "../../core/queue.ts";
import type { QueueChange } from "../../core/queue_change.ts";
import { formatRate, parseRate, rateRule } from "../../core/rate.ts";
import { parseWebhookUrl, shownWebhook, webhookFault } from "../../core/webhook_url.ts";
import { changeQueues } from "../../operations/change_queue.ts";
import { queueJson } from "../../operations/queue_json.ts";
import type { Command } from "../command.ts";
import { type Flag, jsonFlag } from "../flag.ts";
import { jobFields } from "../job_flags.ts";
import { defaultsText, oneQueue, sayNew } from "../queue_words.ts";
import { type ParsedWords, usage, valueOf } from "../words.ts";
import { jobFlags } from "./enqueue.ts";

interface Options {
  readonly name: string;
  readonly change: QueueChange;
}

/** What a job of the queue gets that does not say it itself. */
const defaultFields = [
  "priority",
  "max_retries",
  "timeout",
  "kill_after",
  "backoff",
  "backoff_base",
  "backoff_max",
  "backoff_jitter",
] as const;
type DefaultField = (typeof defaultFields)[number];

const mostAtOnce = 1_000_000;
const none = "none";
const flagOf = (field: string) => field.replaceAll("_", "-");

const flags: readonly Flag[] = [
  {
    name: "limit",
    placeholder: "N",
    help: `how many of its jobs run at once, over all workers and hosts; "none"`,
  },
  { name: "key-limit", placeholder: "N", help: `how many jobs of one --key run at once; "none"` },
  {
    name: "rate",
    placeholder: "N/TIME",
    help: `how many may start in any such time: "10/m", "3/10s"; "none"`,
  },
  {
    name: "webhook",
    placeholder: "URL",
    help: `where the ends of its jobs are posted that name none themselves; "none"`,
  },
  ...defaultFields.map((field) => {
    const { name, placeholder, help } = jobFlags.find((flag) => flag.name === flagOf(field))!;
    return { name, placeholder: placeholder!, help: `for its jobs that do not say it: ${help}` };
  }),
  jsonFlag,
];

export const queueSet: Command<Options> = {
  name: "queue set",
  summary: "limit what runs of a queue at once, and what its jobs get by default",
  usage: ["NAME FLAGS"],
  details: [
    `Changes what is given and nothing else; "none" takes it away. Limits hold over all workers and hosts, from now on: ` +
    "what runs goes on, also beyond a lowered limit. Defaults are for jobs that are enqueued later, and go before the " +
    "settings of the same names.",
    "A job of another queue is not touched by any of this. See queuectl help queues.",
  ],
  flags,
  settings: ["durability"],
  examples: [
    { line: "queuectl queue set video --limit 2", does: "two at once, wherever they run" },
    { line: "queuectl queue set mail --rate 10/m", does: "ten starts in any minute" },
    {
      line: "queuectl queue set import --key-limit 1",
      does: "one at once of each --key, in order of arrival",
    },
    {
      line: "queuectl queue set video --timeout 2h --max-retries 1",
      does: "for its jobs enqueued from now on",
    },
    {
      line: "queuectl queue set video --webhook https://ci.example/hook",
      does: "told of each job that ends",
    },
    { line: "queuectl queue set video --limit none", does: "as many as there are workers" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: true,
  parse(words) {
    const name = oneQueue(words);
    const change = {
      ...given("limit", atOnce(words, "limit")),
      ...given("keyLimit", atOnce(words, "key-limit")),
      ...given("rate", rateOf(words)),
      ...given("webhook", webhookOf(words)),
      ...given("defaults", defaultsOf(words, name)),
    };
    if (Object.keys(change).length === 0) throw usage("nothing to change is given", "queue set");
    return { name, change };
  },
  async run({ name, change }, session) {
    const store = await session.store();
    const changed = await changeQueues(store, session.home.machine(), { names: [name], change });
    await sayNew(changed, session);
    const { report } = changed[0]!;
    const { limit, keyLimit, rate, webhook, defaults } = report.queue;
    const texts = [
      ...(change.limit === undefined ? [] : [`limit ${limit ?? none} (${report.live} running)`]),
      ...(change.keyLimit === undefined ? [] : [`key-limit ${keyLimit ?? none}`]),
      ...(change.rate === undefined ? [] : [`rate ${rate === null ? none : formatRate(rate)}`]),
      ...(change.webhook === undefined ? [] : [`webhook ${webhook === null ? none : shownWebhook(webhook)}`]),
      ...(change.defaults === undefined ? [] : [`defaults ${defaultsText(defaults)}`]),
    ];
    session.say(`${name}: ${texts.join("; ")}`);
    if (change.webhook != null && session.settings.webhook_secret.length === 0) {
      session.say(`Nothing signs what is posted yet: ${session.commandLine("webhook secret")}`);
    }
    if (session.json) session.printJson(queueJson(report, await store.now()));
    return 0;
  },
};

function given<Name extends keyof QueueChange>(
  name: Name,
  value: QueueChange[Name] | undefined,
): Pick<QueueChange, Name> | Record<never, never> {
  return value === undefined ? {} : { [name]: value };
}

function atOnce(words: ParsedWords, flag: "limit" | "key-limit"): number | null | undefined {
  const text = valueOf(words, flag);
  if (text === undefined || text === none) return text === none ? null : undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= mostAtOnce) return value;
  throw new QueueError("usage", `Cannot use --${flag}: "${text}" is no such number`, {
    hint: value === 0
      ? "To start none of its jobs: queuectl queue pause NAME"
      : `It is a whole number from 1 to ${mostAtOnce}, or "none"`,
  });
}

function rateOf(words: ParsedWords): QueueChange["rate"] | undefined {
  const text = valueOf(words, "rate");
  if (text === undefined || text === none) return text === none ? null : undefined;
  const rate = parseRate(text);
  if (rate !== undefined) return rate;
  throw new QueueError("usage", `Cannot use --rate: "${text}" is no rate`, { hint: rateRule });
}

function webhookOf(words: ParsedWords): string | null | undefined {
  const text = valueOf(words, "webhook");
  if (text === undefined || text === none) return text === none ? null : undefined;
  const url = parseWebhookUrl(text);
  if (url !== undefined) return url;
  const { shown, hint } = webhookFault(text);
  throw new QueueError("usage", `Cannot use --webhook: ${shown} is not the URL of a webhook`, { hint });
}

/** Checked as the fields of a job are; null in the place of what is taken away. */
function defaultsOf(words: ParsedWords, name: string): QueueChange["defaults"] | undefined {
  const isGone = (field: DefaultField) => valueOf(words, flagOf(field)) === none;
  const fields: Partial<Record<DefaultField, unknown>> = jobFields(words);
  const wanted = defaultFields.filter((field) => fields[field] !== undefined);
  if (wanted.length === 0) return undefined;
  const kept = Object.fromEntries(
    wanted.filter((field) => !isGone(field)).map((field) => [field, fields[field]]),
  );
  const job = readPayload({ ...kept, command: ":" }, {
    subject: `queue "${name}"`,
    action: "set",
    callerCwd: "/",
    resolvePath: (path) => path,
    readWords: null,
    variable: () => undefined,
  });
  const { priority, maxRetries, timeoutMs, killAfterMs } = job;
  const { waits = null, backoffBase = null, backoffMaxMs = null, backoffJitter = null } = job.rules ?? {};
  const all = {
    priority,
    max_retries: maxRetries,
    timeout: timeoutMs,
    kill_after: killAfterMs,
    backoff: waits,
    backoff_base: backoffBase,
    backoff_max: backoffMaxMs,
    backoff_jitter: backoffJitter,
  } as const;
  const plain: Record<string, unknown> = {};
  const rules: Record<string, unknown> = {};
  for (const field of wanted) {
    const { target, key } = placeOf[field];
    (target === "rules" ? rules : plain)[key] = all[field];
  }
  return { ...plain, ...(Object.keys(rules).length === 0 ? {} : { rules }) };
}

/** Where a field of a job is kept among the defaults of a queue. */
const placeOf: Readonly<
  Record<
    DefaultField,
    | { readonly target: "plain"; readonly key: Exclude<keyof QueueDefaults, "rules"> }
    | { readonly target: "rules"; readonly key: keyof NonNullable<QueueDefaults["rules"]> }
  >
> = {
  priority: { target: "plain", key: "priority" },
  max_retries: { target: "plain", key: "maxRetries" },
  timeout: { target: "plain", key: "timeoutMs" },
  kill_after: { target: "plain", key: "killAfterMs" },
  backoff: { target: "rules", key: "waits" },
  backoff_base: { target: "rules", key: "backoffBase" },
  backoff_max: { target: "rules", key: "backoffMaxMs" },
  backoff_jitter: { target: "rules", key: "backoffJitter" },
};
