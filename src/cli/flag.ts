/** Flags as data, and those that many commands share. */

import { type SettingName, settingRules } from "../core/settings.ts";

export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What its value looks like; absent for a switch. */
  readonly placeholder?: string;
  /** What it means without a value; one that is given follows an equals sign. */
  readonly bare?: string;
  readonly help: string;
  /** Another name of the same. */
  readonly alias?: string;
  /** May be given more than once. */
  readonly repeatable?: boolean;
}

export const jsonFlag: Flag = { name: "json", help: "print JSON on stdout, and nothing else there" };
export const homeFlag: Flag = {
  name: "home",
  placeholder: "FOLDER",
  help: "the queue's home (also QUEUECTL_HOME)",
};
export const helpFlag: Flag = { name: "help", short: "h", help: "show this help" };

/** Flags that every command takes. */
export const commonFlags: readonly Flag[] = [homeFlag, helpFlag];

type FlagSource = {
  readonly flags: readonly Flag[];
  readonly settings?: readonly SettingName[];
  readonly usesStore: boolean;
};

/** All flags of a command: its own, its settings, and the common ones. */
export function flagsOf(command: FlagSource): readonly Flag[] {
  return [...command.flags, ...settingsOf(command).map(settingFlag), ...commonFlags];
}

/** The settings that a command takes as flags: its own, and where it finds the store. */
export function settingsOf({ settings = [], usesStore }: FlagSource): readonly SettingName[] {
  return usesStore ? [...settings, "store"] : settings;
}

function settingFlag(name: SettingName): Flag {
  const { placeholder, help } = settingRules[name];
  const list = name === "resources" ? { alias: "resource", repeatable: true } : {};
  return { name: name.replaceAll("_", "-"), placeholder, help, ...list };
}
