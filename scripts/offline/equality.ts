/** What counts as equal for the offline `@std/assert`, and how a difference is shown. */
import nodeAssert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/**
 * Whether two values have the same content: like `isDeepStrictEqual`, except that 0 equals -0 and that a plain
 * object equals one without a prototype (as database rows may be).
 */
export function isEqual(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

/** Describes how two values differ; lines of `actual` begin with "+", those of `expected` with "-". */
export function difference(actual: unknown, expected: unknown): string {
  try {
    nodeAssert.deepStrictEqual(byLine(actual, expected), byLine(expected, actual));
  } catch (error) {
    if (error instanceof nodeAssert.AssertionError) return error.message.replace(/^.*\n/, "").trimEnd();
    throw error;
  }
  return "";
}

/** A text of several lines as an array, when compared with a text, so that the lines that differ stand out. */
function byLine(value: unknown, other: unknown): unknown {
  if (typeof value !== "string" || typeof other !== "string") return plain(value);
  return `${value}${other}`.includes("\n") ? value.split("\n") : value;
}

/** The part of `actual` that `expected` speaks of, as plain objects; arrays are cut to the shorter length. */
export function matchingPart(actual: unknown, expected: unknown): unknown {
  if (!isCompound(actual) || !isCompound(expected)) return actual;
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.slice(0, expected.length).map((item, i) => matchingPart(item, expected[i]));
  }
  if (actual instanceof Set && expected instanceof Set) return actual.intersection(expected);
  if (actual instanceof Map && expected instanceof Map) {
    const shared = [...actual].filter(([key]) => expected.has(key));
    return new Map(shared.map(([key, value]) => [key, matchingPart(value, expected.get(key))]));
  }
  const shared = Reflect.ownKeys(actual).filter((key) => Object.hasOwn(expected, key));
  return Object.fromEntries(
    shared.map((key) => [key, matchingPart(Reflect.get(actual, key), Reflect.get(expected, key))]),
  );
}

function isCompound(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Date) &&
    !(value instanceof RegExp);
}

/** A copy in which every 0 is positive and every plain object has its usual prototype. */
function plain(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (Object.is(value, -0)) return 0;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) {
    const copy: unknown[] = new Array(value.length);
    seen.set(value, copy);
    for (const key of Object.keys(value)) Reflect.set(copy, key, plain(Reflect.get(value, key), seen));
    return copy;
  }
  if (prototype === null || prototype === Object.prototype) {
    const copy = {};
    seen.set(value, copy);
    for (const key of Reflect.ownKeys(value)) {
      const copied = plain(Reflect.get(value, key), seen);
      Object.defineProperty(copy, key, {
        value: copied,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return copy;
  }
  if (prototype === Map.prototype || prototype === Set.prototype) return plainCollection(value, seen);
  return value;
}

function plainCollection(value: object, seen: Map<object, unknown>): unknown {
  if (value instanceof Map) {
    const copy = new Map();
    seen.set(value, copy);
    for (const [key, item] of value) copy.set(plain(key, seen), plain(item, seen));
    return copy;
  }
  const copy = new Set();
  seen.set(value, copy);
  for (const item of value as Set<unknown>) copy.add(plain(item, seen));
  return copy;
}
