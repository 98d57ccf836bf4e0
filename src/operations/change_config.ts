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
        hint: `Forget it: queuectl config unset ${word}`,
      });
    }
    texts[knownName(word, config.path)] = String(value);
  }
  return texts;
}

function knownName(word: string, path: string): SettingName {
  try {
    return settingName(word);
  } catch (error) {
    const hint = error instanceof QueueError ? error.hint : undefined;
    throw new QueueError("usage", `Cannot use ${path}: there is no setting "${word}"`, {
      hint: `${hint?.startsWith("Did") ? `${hint} ` : ""}Forget it: queuectl config unset ${word}`,
    });
  }
}

/** Keeps a setting. Throws where the value, or the whole of all kept settings, is not allowed. */
export function setSetting(
  config: ConfigFile,
  change: { readonly name: SettingName; readonly text: string; readonly prepare: () => void },
): void {
  const { name, text } = change;
  const value = settingValue(name, text, name);
  const others = Object.entries(config.read()).filter(([word]) => !isSame(word, name));
  const kept = { ...keptSettings({ ...config, read: () => Object.fromEntries(others) }), [name]: text };
  resolveSettings({ flags: {}, environment: {}, file: kept });
  change.prepare();
  const stored = typeof value === "number" && String(value) === text ? value : text;
  config.write({ ...Object.fromEntries(others), [name]: stored });
}

/** Forgets what is kept under a name, also a wrong one; false where nothing was. Throws where it is no setting either. */
export function unsetSetting(config: ConfigFile, name: string): boolean {
  const all = Object.entries(config.read());
  const others = all.filter(([word]) => !isSame(word, name));
  if (others.length === all.length) {
    settingName(name);
    return false;
  }
  config.write(Object.fromEntries(others));
  return true;
}

/** `max-retries` and `max_retries` are one key. */
function isSame(word: string, name: string): boolean {
  return word.toLowerCase().replaceAll("-", "_") === name.toLowerCase().replaceAll("-", "_");
}
