/** The fields of a job's JSON that say what is in its environment. */

import { kindOf, showValue } from "./found_value.ts";
import type { Refusal } from "./rules_payload.ts";
import { checkText } from "./text_payload.ts";

export interface EnvRules {
  /** A variable of the caller's environment. */
  readonly variable: (name: string) => string | undefined;
  readonly refuse: Refusal;
}

const nothing: Readonly<Record<string, string>> = {};

/** What the job gets by `env`, and from the caller's environment by `env_from`. Throws what `refuse` makes. */
export function readEnv(
  fields: { readonly env?: unknown; readonly env_from?: unknown },
  rules: EnvRules,
): Readonly<Record<string, string>> {
  if (fields.env === undefined && fields.env_from === undefined) return nothing;
  const given = readGiven(fields.env, rules.refuse);
  const taken = readTaken(fields.env_from, rules);
  const twice = Object.keys(taken).find((name) => Object.hasOwn(given, name));
  if (twice !== undefined) {
    throw rules.refuse(`"${twice}" is in both "env" and "env_from"`, "Give it in one of them");
  }
  return { ...given, ...taken };
}

function readGiven(env: unknown, refuse: Refusal): Record<string, string> {
  if (env === undefined) return {};
  if (typeof env !== "object" || env === null || Array.isArray(env)) {
    throw refuse(`"env" must be an object, not ${kindOf(env)}`, `Such as: {"env":{"NAME":"value"}}`);
  }
  for (const [name, value] of Object.entries(env)) {
    checkName(name, "env", refuse);
    if (typeof value !== "string") {
      throw refuse(`"${name}" in "env" must be text, not ${kindOf(value)}`, `Quote it: "${name}":"${value}"`);
    }
    checkText(`env.${name}`, value, refuse);
  }
  return { ...env } as Record<string, string>;
}

function readTaken(names: unknown, { variable, refuse }: EnvRules): Record<string, string> {
  if (names === undefined) return {};
  const hint = `Such as: {"env_from":["API_TOKEN"]}`;
  if (!Array.isArray(names)) {
    throw refuse(`"env_from" must be a list of names, not ${kindOf(names)}`, hint);
  }
  const taken = new Map<string, string>();
  for (const name of names as unknown[]) {
    if (typeof name !== "string") throw refuse(`${showValue(name)} in "env_from" is not a name`, hint);
    checkName(name, "env_from", refuse);
    if (taken.has(name)) throw refuse(`"${name}" is in "env_from" twice`, "Name it once");
    const value = variable(name);
    if (value === undefined) {
      throw refuse(`"${name}" in "env_from" is not set here`, "Set it, or give its value by env");
    }
    taken.set(name, value);
  }
  return Object.fromEntries(taken);
}

function checkName(name: string, field: "env" | "env_from", refuse: Refusal): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw refuse(
      `"${name}" cannot name a variable in "${field}"`,
      "A name is letters, digits and _, and begins with no digit",
    );
  }
  if (name.toUpperCase().startsWith("QUEUECTL_")) {
    throw refuse(
      `"${field}" sets ${name}`,
      "Names that begin with QUEUECTL_ are set by queuectl itself",
    );
  }
}
