/** The fields of a job's JSON that say what it is to people and to its sender, and mean nothing to its runs. */

import { kindOf, showValue } from "./found_value.ts";
import type { Refusal } from "./rules_payload.ts";
import { checkText } from "./text_payload.ts";

export const longestLabel = 200;
export const mostMeta = 32;
export const longestMetaValue = 1000;

/** A line of text for people, or null where none is given. Throws what `refuse` makes. */
export function readLabel(label: unknown, refuse: Refusal): string | null {
  if (label === undefined || label === null) return null;
  const rule = `A label is one line of 1 to ${longestLabel} characters, without control characters`;
  if (typeof label !== "string") throw refuse(`"label" must be text, not ${kindOf(label)}`, rule);
  checkText("label", label, refuse);
  const length = charactersOf(label);
  if (label.trim() === "") throw refuse(`"label" is empty`, rule);
  if (length > longestLabel) throw refuse(`"label" is ${length} characters long`, rule);
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(label)) {
    throw refuse(`"label" holds a line break or another control character`, rule);
  }
  return label;
}

const nothing: Readonly<Record<string, string>> = {};

/** What the sender wants to know again. Throws what `refuse` makes. */
export function readMeta(meta: unknown, refuse: Refusal): Readonly<Record<string, string>> {
  if (meta === undefined) return nothing;
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) {
    throw refuse(`"meta" must be an object, not ${kindOf(meta)}`, `Such as: {"meta":{"owner":"ada"}}`);
  }
  const pairs = Object.entries(meta);
  if (pairs.length > mostMeta) {
    throw refuse(`"meta" has ${pairs.length} names`, `A job may have ${mostMeta} of them at most`);
  }
  for (const [name, value] of pairs) checkPair(name, value, refuse);
  return { ...meta } as Record<string, string>;
}

function checkPair(name: string, value: unknown, refuse: Refusal): void {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
    throw refuse(
      `${showValue(name.length > 80 ? `${name.slice(0, 80)}…` : name)} cannot be a name in "meta"`,
      "A name is 1 to 64 letters, digits and _ . -",
    );
  }
  if (typeof value !== "string") {
    throw refuse(`"${name}" in "meta" must be text, not ${kindOf(value)}`, `Quote it: "${name}":"${value}"`);
  }
  checkText(`meta.${name}`, value, refuse);
  const length = charactersOf(value);
  if (length > longestMetaValue) {
    throw refuse(
      `"${name}" in "meta" is ${length} characters long`,
      `A value is ${longestMetaValue} characters at most; keep more in a file, and name that`,
    );
  }
}

/** What people count, not the units of UTF-16. */
function charactersOf(text: string): number {
  return [...text].length;
}
