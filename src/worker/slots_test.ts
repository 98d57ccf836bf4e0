import { assertEquals } from "@std/assert";
import { Slots } from "./slots.ts";

Deno.test("slots are held by runs, promised to claims, or free", () => {
  const slots = new Slots(4);
  const [one, two, claim] = [{}, {}, {}];
  slots.hold(one, 1);
  assertEquals(slots.free, 3);
  assertEquals(slots.promise(claim), 3);
  assertEquals(slots.free, 0);
  slots.hold(two, 2);
  slots.leave(claim);
  assertEquals(slots.free, 1);
  slots.leave(one);
  slots.leave(two);
  assertEquals(slots.free, 4);
});

Deno.test("a run that is settled may be followed in its own slots and all that are free, promised once", () => {
  const slots = new Slots(4);
  const [one, two] = [{}, {}];
  slots.hold(one, 1);
  slots.hold(two, 2);
  assertEquals(slots.promise(one), 2);
  assertEquals(slots.promise(two), 2);
  assertEquals(slots.promise(one), 2);
  slots.leave(one);
  assertEquals([slots.free, slots.promise(two)], [2, 4]);
});

Deno.test("runs that were adopted may hold more slots than there are; nothing follows them then", () => {
  const slots = new Slots(1);
  const [one, two] = [{}, {}];
  slots.hold(one, 1);
  slots.hold(two, 1);
  assertEquals([slots.free, slots.promise(one)], [0, 0]);
  slots.leave(one);
  assertEquals(slots.promise(two), 1);
});
