/** What was found in JSON, in words for an error. */

export function showValue(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : kindOf(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
