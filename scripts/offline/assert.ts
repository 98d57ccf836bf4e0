/**
 * Stands in for `@std/assert` where only an npm registry is reachable: the same functions on Deno's built-in
 * `node:assert`. Each throws an AssertionError that says what was found and what was expected; `msg` is added
 * to that. What counts as equal is settled in `equality.ts`.
 */
import { inspect, stripVTControlCharacters } from "node:util";
import { difference, isEqual, matchingPart } from "./equality.ts";

/** A failed assertion. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Values that count as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

type ErrorClass<E> = abstract new (...args: never[]) => E;

function failWith(found: string, msg: string | undefined, detail = ""): never {
  throw new AssertionError(`${found}${msg ? `: ${msg}` : "."}${detail && `\n${detail}`}`);
}

function show(value: unknown): string {
  return inspect(value, { depth: 10, sorted: true });
}

/** Fails always. */
export function fail(msg?: string): never {
  failWith("Failed assertion", msg);
}

/** Expects a value that counts as true. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Expects a value that counts as false. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/** Expects anything but null and undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    failWith(`Expected actual: "${actual}" to not be null or undefined`, msg);
  }
}

/** Expects two values of the same content. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!isEqual(actual, expected)) failWith("Values are not equal", msg, difference(actual, expected));
}

/** Expects two values of different content. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (isEqual(actual, expected)) {
    failWith(`Expected actual: ${show(actual)} not to be: ${show(expected)}`, msg);
  }
}

/** Expects the same value, as `Object.is` tells. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const alike = show(actual) === show(expected);
  const found = alike
    ? "Values have the same structure but are not reference-equal"
    : "Values are not strictly equal";
  failWith(found, msg, alike ? show(actual) : difference(actual, expected));
}

/** Expects an instance of a class. */
export function assertInstanceOf<T extends abstract new (...args: never[]) => unknown>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const kind = typeof actual === "object" ? actual?.constructor?.name ?? String(actual) : typeof actual;
  failWith(`Expected object to be an instance of "${expectedType.name}" but was "${kind}"`, msg);
}

/** Expects a text that a pattern matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) failWith(`Expected actual: "${actual}" to match: "${expected}"`, msg);
}

/** Expects a text that holds another. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) failWith(`Expected actual: "${actual}" to contain: "${expected}"`, msg);
}

/** Expects a list that holds an equal of each item of another, in any order. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T> & object,
  expected: ArrayLike<T> & object,
  msg?: string,
): void {
  const items = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) => !items.some((item) => isEqual(item, wanted)));
  if (missing.length > 0) {
    const found = `Expected actual: "${show(actual)}" to include: "${show(expected)}"`;
    failWith(found, msg, `missing: ${show(missing)}`);
  }
}

/** Expects an object that has at least what `expected` has, at every depth; an array may go on longer. */
export function assertObjectMatch(
  actual: object,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  assertEquals(matchingPart(actual, expected), matchingPart(expected, expected), msg);
}

/** Expects `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) throw new AssertionError(msg ?? `Expect ${show(actual)} > ${show(expected)}`);
}

/** Expects `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) throw new AssertionError(msg ?? `Expect ${show(actual)} >= ${show(expected)}`);
}

/** Expects `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) throw new AssertionError(msg ?? `Expect ${show(actual)} < ${show(expected)}`);
}

/** Expects `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) throw new AssertionError(msg ?? `Expect ${show(actual)} <= ${show(expected)}`);
}

/** Expects a call to throw, and returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Expects a call to throw an error of a class, whose message holds `msgIncludes`, and returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const expected = readExpectation(errorClassOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    checkError(error, "thrown", expected);
    return error;
  }
  failWith("Expected function to throw", expected.msg);
}

/** Expects the promise of a call to reject, and returns its reason. A call that throws at once fails. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Expects the promise of a call to reject with an error of a class, whose message holds `msgIncludes`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const expected = readExpectation(errorClassOrMsg, msgIncludes, msg);
  const promise = callForPromise(fn, expected.msg);
  try {
    await promise;
  } catch (error) {
    checkError(error, "rejected", expected);
    return error;
  }
  failWith("Expected function to reject", expected.msg);
}

function callForPromise(fn: () => PromiseLike<unknown>, msg: string | undefined): PromiseLike<unknown> {
  try {
    const promise = fn();
    if (typeof promise?.then === "function") return promise;
  } catch {
    // Said below: to throw at once is as wrong as to give no promise.
  }
  failWith("Function throws when expected to reject", msg);
}

interface Expectation {
  errorClass?: ErrorClass<Error> | undefined;
  msgIncludes?: string | undefined;
  msg?: string | undefined;
}

function readExpectation(
  first: ErrorClass<Error> | string | undefined,
  second?: string,
  msg?: string,
): Expectation {
  return typeof first === "string" ? { msg: first } : { errorClass: first, msgIncludes: second, msg };
}

function checkError(
  error: unknown,
  verb: "thrown" | "rejected",
  { errorClass, msgIncludes, msg }: Expectation,
) {
  if (!errorClass) return;
  if (!(error instanceof Error)) failWith(`A non-Error object was ${verb}`, msg);
  if (!(error instanceof errorClass)) {
    failWith(`Expected error to be instance of "${errorClass.name}", but was "${error}"`, msg);
  }
  const message = stripVTControlCharacters(error.message);
  if (msgIncludes && !message.includes(stripVTControlCharacters(msgIncludes))) {
    const found = JSON.stringify(error.message);
    failWith(`Expected error message to include ${JSON.stringify(msgIncludes)}, but got ${found}`, msg);
  }
}
