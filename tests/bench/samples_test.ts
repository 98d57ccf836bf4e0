import { assertEquals } from "@std/assert";
import { interleave, median, medianRatio, quantile } from "./samples.ts";

Deno.test("quantiles lie between the samples", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(quantile([10, 20, 30, 40, 50], 0.95), 48);
  assertEquals(quantile([7], 0.95), 7);
});

Deno.test("a ratio compares samples of the same round only", () => {
  // The machine was ten times slower in the last rounds.
  assertEquals(medianRatio([2, 2, 20, 20], [1, 1, 10, 10]), 2);
});

Deno.test("what is compared takes turns, turned around every other round", async () => {
  const order: string[] = [];
  const measure = (name: string) => () => Promise.resolve(order.push(name));
  const samples = await interleave({ a: measure("a"), b: measure("b") }, 3);
  assertEquals(order.join(""), "abbaab");
  assertEquals(samples, { a: [1, 4, 5], b: [2, 3, 6] });
});
