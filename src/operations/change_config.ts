import { QueueError } from "../core/errors.ts";
import type { ConfigFile } from "../core/ports.ts";
import {
  resolveSettings,
  type SettingName,
  settingName,
  type SettingTexts,
  settingValue,
} from "../core/settings.ts";

/** The settings that config.json holds, as texts. Throws where a name or value is wrong, naming the nearest right one. */
export function keptSettings(config: ConfigFile): SettingTexts {
  const texts: Partial<Record<SettingName, string>> = {};
  for (const [word, value] of Object.entries(config.read())) {
    if (typeof value !== "string" && typeof value !== "number") {
      throw new QueueError("usage", `Cannot use ${config.path}: "${word}" is neither text nor a number`, {
        hint: `Mend it: queuectl config set ${word} VALUE`,
      });
    }
    texts[settingName(word)] = String(value);
  }
  return texts;
}

/** Keeps a setting. Throws where the value, or the whole of all kept settings, is not allowed. */
export function setSetting(
  config: ConfigFile,
  change: { readonly name: SettingName; readonly text: string; readonly prepare: () => void },
): void {
  const { name, text } = change;
  const value = settingValue(name, text, name);
  const kept = { ...keptSettings(config), [name]: text };
  resolveSettings({ flags: {}, environment: {}, file: kept });
  change.prepare();
  const stored = typeof value === "number" && String(value) === text ? value : text;
  config.write({ ...renamed(config.read()), [name]: stored });
}

/** Forgets a kept setting; false where it was not kept. */
export function unsetSetting(config: ConfigFile, name: SettingName): boolean {
  const kept = renamed(config.read());
  if (!(name in kept)) return false;
  delete kept[name];
  config.write(kept);
  return true;
}

/** `max-retries` and `max_retries` are one key. */
function renamed(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([word, value]) => [settingName(word), value]));
}
