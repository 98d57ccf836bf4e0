// What queuectl's tests rely on in `@std/assert`. Runs against the real package and the offline one alike.
import {
  assert,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

/** The message of the AssertionError that a call must throw. Built on nothing that is tested here. */
function failure(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error(`Nothing was thrown by ${fn}`);
}

/** Like `failure`, for a promise that must reject. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  return failure(() => {
    if (error !== undefined) throw error;
  });
}

function expectText(text: string, ...parts: string[]): void {
  for (const part of parts) {
    if (!text.includes(part)) throw new Error(`Expected ${JSON.stringify(part)} in:\n${text}`);
  }
}

Deno.test("assert, assertFalse, fail: truth, with a message", () => {
  assert(1);
  assertFalse("");
  expectText(failure(() => assert(0, "why")), "why");
  expectText(failure(() => assertFalse(1, "why")), "why");
  expectText(failure(() => fail("why")), "Failed assertion", "why");
});

Deno.test("assertEquals: equal content", () => {
  assertEquals({ a: [1, { b: new Date(5) }], c: undefined }, { c: undefined, a: [1, { b: new Date(5) }] });
  assertEquals(new Map([["a", [1]]]), new Map([["a", [1]]]));
  assertEquals(new Set([1, "b"]), new Set([1, "b"]));
  assertEquals(new Uint8Array([1, 2]), new Uint8Array([1, 2]));
  assertEquals([NaN, 0, 10n], [NaN, -0, 10n]);
  assertEquals(Object.assign(Object.create(null), { a: { b: -0 } }), { a: { b: 0 } });
  const circular: Record<string, unknown> = { a: 1 };
  circular["self"] = circular;
  assertEquals(circular, circular);
});

Deno.test("assertEquals: different content", () => {
  const pairs: Array<[unknown, unknown]> = [
    [1, "1"],
    [1, 1n],
    [null, undefined],
    [{ a: undefined }, {}],
    [[1, 2], [1, 2, 3]],
    [[undefined], new Array(1)],
    [new Date(1), new Date(2)],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Set([1]), new Set([2])],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array([1]), [1]],
    [new (class A {})(), {}],
    ["a", new Date(0)],
    [/a/g, /a/i],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
  ];
  for (const [a, b] of pairs) {
    failure(() => assertEquals(a, b));
    failure(() => assertEquals(b, a));
    assertNotEquals(a, b);
  }
  expectText(failure(() => assertNotEquals([1], [1], "why")), "not to be", "why");
});

Deno.test("assertEquals: the message shows both sides where they differ", () => {
  const left = { id: "job1", state: "dead" };
  const right = { id: "job1", state: "pending" };
  expectText(failure(() => assertEquals(left, right, "why")), "Values are not equal: why", "dead", "pending");
  expectText(failure(() => assertEquals(1, 2)), "Values are not equal.", "1", "2");
  expectText(failure(() => assertEquals("one\ntwo", "one\nthree")), "one", "two", "three");
});

Deno.test("assertStrictEquals: the same value, which it then has the type of", () => {
  const value: unknown = "a";
  assertStrictEquals(value, "a" as const);
  const narrowed: "a" = value;
  assertStrictEquals(NaN, NaN);
  expectText(failure(() => assertStrictEquals(narrowed as string, "b", "why")), "not strictly equal", "why");
  expectText(failure(() => assertStrictEquals({}, {})), "same structure");
  failure(() => assertStrictEquals(0, -0));
});

Deno.test("assertExists: anything but null and undefined, and narrows", () => {
  const value: string | undefined = ["a"].at(0);
  assertExists(value);
  const narrowed: string = value;
  assertExists(narrowed.length);
  assertExists(false);
  expectText(failure(() => assertExists(null, "why")), "null", "why");
  failure(() => assertExists(undefined));
});

Deno.test("assertInstanceOf: narrows to the class", () => {
  const value: unknown = new RangeError("far");
  assertInstanceOf(value, RangeError);
  const narrowed: RangeError = value;
  assertInstanceOf(narrowed, Error);
  expectText(failure(() => assertInstanceOf(new Error(), RangeError, "why")), "RangeError", "Error", "why");
  failure(() => assertInstanceOf(null, Error));
  failure(() => assertInstanceOf("a", String));
});

Deno.test("assertMatch, assertStringIncludes: texts", () => {
  assertMatch("abc", /b/);
  assertStringIncludes("abc", "bc");
  expectText(failure(() => assertMatch("abc", /x/, "why")), "abc", "/x/", "why");
  expectText(failure(() => assertStringIncludes("abc", "x", "why")), "abc", "x", "why");
});

Deno.test("assertGreater and its kin: order", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2n, 2n);
  assertLess("a", "b");
  assertLessOrEqual(new Date(1), new Date(1));
  expectText(failure(() => assertGreater(1, 1)), "1 > 1");
  expectText(failure(() => assertGreaterOrEqual(1, 2)), "1 >= 2");
  expectText(failure(() => assertLess(1, 1)), "1 < 1");
  expectText(failure(() => assertLessOrEqual(2, 1)), "2 <= 1");
  expectText(failure(() => assertLess(2, 1, "why")), "why");
  failure(() => assertGreaterOrEqual(NaN, NaN));
});

Deno.test("assertArrayIncludes: each item, by content, in any order", () => {
  assertArrayIncludes([{ a: 1 }, { b: 2 }, 3], [3, { a: 1 }]);
  assertArrayIncludes([1], []);
  expectText(failure(() => assertArrayIncludes([{ a: 1 }], [{ a: 2 }], "why")), "missing", "2", "why");
});

Deno.test("assertObjectMatch: at least the expected, at every depth", () => {
  interface Job {
    id: string;
    run: { exit: number; at: Date };
    tags: string[];
  }
  const job: Job = { id: "job1", run: { exit: 0, at: new Date(5) }, tags: ["a", "b"] };
  assertObjectMatch(job, { id: "job1", run: { exit: 0 } });
  assertObjectMatch(job, { run: { at: new Date(5) }, tags: ["a"] });
  assertObjectMatch(new (class extends Array {})(), {});
  expectText(failure(() => assertObjectMatch(job, { run: { exit: 1 } }, "why")), "exit", "why");
  failure(() => assertObjectMatch(job, { missing: undefined }));
  failure(() => assertObjectMatch(job, { tags: ["b"] }));
  failure(() => assertObjectMatch(job, { tags: ["a", "b", "c"] }));
  failure(() => assertObjectMatch(job, { run: { at: new Date(6) } }));
});

function refuse(): never {
  throw new RangeError("too far away");
}

Deno.test("assertThrows: gives the error back", () => {
  const error: RangeError = assertThrows(refuse, RangeError, "far");
  assertEquals(error.message, "too far away");
  assertInstanceOf(assertThrows(refuse), RangeError);
  assertEquals(
    assertThrows(() => {
      throw "no error";
    }),
    "no error",
  );
  assertThrows(refuse, Error);
});

Deno.test("assertThrows: fails without the expected error", () => {
  expectText(failure(() => assertThrows(() => {}, "why")), "Expected function to throw", "why");
  expectText(failure(() => assertThrows(refuse, TypeError)), "TypeError", "RangeError");
  expectText(failure(() => assertThrows(refuse, RangeError, "near", "why")), "near", "too far away", "why");
  const throwText = () => {
    throw "no error";
  };
  expectText(failure(() => assertThrows(throwText, Error)), "non-Error");
});

Deno.test("assertRejects: gives the reason back", async () => {
  const error: RangeError = await assertRejects(() => Promise.resolve().then(refuse), RangeError, "far");
  assertEquals(error.message, "too far away");
  assertInstanceOf(await assertRejects(() => Promise.reject(error)), RangeError);
});

Deno.test("assertRejects: fails without the expected rejection", async () => {
  const fulfilled = () => Promise.resolve(1);
  expectText(await rejection(assertRejects(fulfilled, "why")), "Expected function to reject", "why");
  expectText(await rejection(assertRejects(refuse)), "throws when expected to reject");
  const rejected = () => Promise.resolve().then(refuse);
  expectText(await rejection(assertRejects(rejected, TypeError)), "TypeError", "RangeError");
  expectText(await rejection(assertRejects(rejected, RangeError, "near")), "near", "too far away");
});

Deno.test("AssertionError: is an Error of that name with a cause", () => {
  const error = new AssertionError("why", { cause: 1 });
  assertEquals([error.name, error.message, error.cause], ["AssertionError", "why", 1]);
  assertInstanceOf(error, Error);
});
