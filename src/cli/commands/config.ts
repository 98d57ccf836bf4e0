import {
  formatSetting,
  type SettingName,
  settingName,
  settingNames,
  settingRules,
  type Settings,
} from "../../core/settings.ts";
import { setSetting, unsetSetting } from "../../operations/change_config.ts";
import type { Command } from "../command.ts";
import { jsonFlag } from "../flag.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";
import { noOperands, type ParsedWords, usage } from "../words.ts";

export const configShow: Command<void> = {
  name: "config show",
  summary: "every setting, its value and where that comes from",
  usage: ["[--json]"],
  flags: [jsonFlag],
  examples: [{ line: "queuectl config show", does: "value, source, and what each setting means" }],
  permissions: ["read"],
  usesStore: false,
  parse: (words) => noOperands(words, "config show"),
  run(_, session) {
    const { values, sources } = session.resolved;
    if (session.json) {
      const entries = settingNames.map((
        name,
      ) => [name, { value: textOf(name, values), source: sources[name] }]);
      session.printJson(Object.fromEntries(entries));
      return Promise.resolve(0);
    }
    const columns = [{ title: "SETTING" }, { title: "VALUE" }, { title: "FROM" }, {
      title: "MEANING",
      isFlexible: true,
    }];
    const rows = settingNames.map((name) => [
      { text: name },
      { text: textOf(name, values) },
      { text: sources[name], colour: sources[name] === "default" ? "dim" as const : "cyan" as const },
      { text: settingRules[name].help },
    ]);
    session.print(table(session.world.stdout, columns, rows));
    return Promise.resolve(0);
  },
};

export const configGet: Command<SettingName> = {
  name: "config get",
  summary: "the value of one setting",
  usage: ["SETTING"],
  flags: [jsonFlag],
  examples: [{ line: "queuectl config get max_retries", does: "prints 3 unless it was changed" }],
  permissions: ["read"],
  usesStore: false,
  parse: (words) => settingName(operands(words, ["a setting"], "config get")[0]!),
  run(name, session) {
    const shown = settingJson(name, session);
    if (session.json) session.printJson(shown);
    else session.print(shown.value);
    return Promise.resolve(0);
  },
};

export const configSet: Command<{ readonly name: SettingName; readonly text: string }> = {
  name: "config set",
  summary: "keep a setting",
  usage: ["SETTING VALUE [--json]"],
  details: [
    "Jobs keep the max_retries that they were enqueued with. Running workers take up the other settings by themselves, " +
    "for the runs that start and the attempts that end from then on; lease, heartbeat, poll_interval, durability and " +
    "store when they are started anew. `queuectl help settings` says it for each.",
  ],
  flags: [jsonFlag],
  examples: [
    { line: "queuectl config set max-retries 5", does: "for jobs enqueued from now on" },
    { line: "queuectl config set backoff_base 1.5", does: "1.5 s, 2.25 s, 3.38 s …" },
    { line: "queuectl config set job_timeout none", does: "no timeout" },
  ],
  permissions: ["read", "write", "sys"],
  usesStore: false,
  parse(words) {
    const [name, text] = operands(words, ["a setting", "its value"], "config set");
    return { name: settingName(name!), text: text! };
  },
  run({ name, text }, session) {
    setSetting(session.home.config, { name, text, prepare: () => session.home.make() });
    if (session.json) session.printJson(settingJson(name, session));
    const kept = settingRules[name].hide?.(text) ?? text;
    session.say(`${name} is ${kept} for ${settingRules[name].effect}.`);
    const { sources, values } = session.resolved;
    if (sources[name] === "environment") {
      session.say(`Here QUEUECTL_${name.toUpperCase()} overrides it: ${textOf(name, values)}.`);
    }
    return Promise.resolve(0);
  },
};

export const configUnset: Command<string> = {
  name: "config unset",
  summary: "forget a kept setting",
  usage: ["SETTING [--json]"],
  flags: [jsonFlag],
  examples: [{ line: "queuectl config unset max_retries", does: "back to the default" }],
  permissions: ["read", "write", "sys"],
  usesStore: false,
  parse: (words) => operands(words, ["a setting"], "config unset")[0]!,
  run(name, session) {
    const wasKept = unsetSetting(session.home.config, name);
    if (session.json) session.printJson(settingJson(settingName(name), session));
    session.say(wasKept ? `${name} is not kept any more.` : `${name} was not set in config.json.`);
    return Promise.resolve(0);
  },
};

export const configPath: Command<void> = {
  name: "config path",
  summary: "where settings are kept",
  usage: [""],
  flags: [jsonFlag],
  examples: [{ line: 'cat "$(queuectl config path)"', does: "the file itself" }],
  permissions: ["read"],
  usesStore: false,
  parse: (words) => noOperands(words, "config path"),
  run(_, session) {
    const { config, foundBy } = session.home;
    if (session.json) session.printJson({ path: config.path, home: session.home.path, found_by: foundBy });
    else session.print(config.path);
    return Promise.resolve(0);
  },
};

/** A setting as it is here and now: a variable may go before what is kept. */
function settingJson(name: SettingName, { resolved: { values, sources } }: Session) {
  return { setting: name, value: textOf(name, values), source: sources[name] };
}

function textOf(name: SettingName, values: Settings): string {
  return formatSetting(name, values[name]);
}

function operands(words: ParsedWords, needed: readonly string[], command: string): readonly string[] {
  if (words.operands.length === needed.length) return words.operands;
  throw usage(`it takes ${needed.join(" and ")}, not ${words.operands.length} words`, command);
}
