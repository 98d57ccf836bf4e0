import { assert, assertEquals } from "@std/assert";
import { wakeFolder } from "./wake_folder.ts";

const plain = { isSpecialist: false };

async function withFolder(body: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "queuectl-wake-" });
  try {
    await body(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!condition()) {
    assert(performance.now() < giveUpAt, "waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("one job wakes one idle listener, and takes its mark away", () =>
  withFolder(async (root) => {
    const wake = wakeFolder(root, () => 0);
    const rings = { a: 0, b: 0 };
    const [a, b] = [wake.listen("a", plain)!, wake.listen("b", plain)!];
    a.onWake(() => rings.a++);
    b.onWake(() => rings.b++);
    a.markIdle();
    b.markIdle();
    wake.wakeIdle(1);
    await until(() => rings.a + rings.b > 0);
    const first = rings.a > 0 ? "a" : "b";
    const second = first === "a" ? "b" : "a";
    wake.wakeIdle(1);
    await until(() => rings[second] > 0);
    const before = { ...rings };
    wake.wakeIdle(5);
    wake.wakeAll();
    await until(() => rings.a > before.a && rings.b > before.b);
    a.markIdle();
    a.markBusy();
    wake.forget("b");
    assertEquals([...Deno.readDirSync(root)].map((entry) => entry.name), ["a"]);
    a.close();
    b.close();
    assertEquals([...Deno.readDirSync(root)], []);
  }));

Deno.test("the end of a job wakes every waiter, and nothing else does", () =>
  withFolder(async (root) => {
    const wake = wakeFolder(root, () => 0);
    const rings = { worker: 0, a: 0, b: 0 };
    const worker = wake.listen("worker", plain)!;
    const [a, b] = [wake.listenForEnds("a")!, wake.listenForEnds("b")!];
    worker.onWake(() => rings.worker++);
    a.onWake(() => rings.a++);
    b.onWake(() => rings.b++);
    for (let round = 1; round <= 5; round++) {
      const before = { ...rings };
      wake.wakeWaiters();
      await until(() => rings.a > before.a && rings.b > before.b);
      a.arm();
      b.arm();
    }
    assertEquals(rings.worker, 0);
    wake.wakeIdle(Infinity);
    wake.wakeAll();
    await until(() => rings.worker > 0);
    assertEquals([...Deno.readDirSync(`${root}/waiters/a`)], []);
    for (const listener of [worker, a, b]) listener.close();
    assertEquals([...Deno.readDirSync(`${root}/waiters`)], []);
  }));

Deno.test("a waiter that died is forgotten after a minute", () =>
  withFolder(async (root) => {
    const wake = wakeFolder(root, () => 0);
    const left = `${root}/waiters/left`;
    await Deno.mkdir(left, { recursive: true });
    wake.wakeWaiters();
    wake.wakeWaiters();
    assertEquals([...Deno.readDirSync(left)].map(({ name }) => name), ["ring"]);
    const longAgo = new Date(Date.now() - 61_000);
    await Deno.utime(`${left}/ring`, longAgo, longAgo);
    wake.wakeWaiters();
    assertEquals([...Deno.readDirSync(`${root}/waiters`)], []);
  }));

Deno.test("a waiter whose home is removed is woken, and none is made in a home that is not there", () =>
  withFolder(async (root) => {
    let rings = 0;
    const waiter = wakeFolder(`${root}/home/wake`, () => 0);
    assertEquals(waiter.listenForEnds("a"), null);
    await Deno.mkdir(`${root}/home`);
    const listener = waiter.listenForEnds("a")!;
    listener.onWake(() => rings++);
    await Deno.remove(`${root}/home`, { recursive: true });
    await until(() => rings > 0);
    listener.close();
  }));

Deno.test("waking nobody is no error", () =>
  withFolder((root) => {
    const wake = wakeFolder(`${root}/none`, Math.random);
    wake.wakeIdle(3);
    wake.wakeAll();
    wake.wakeWaiters();
    wake.forget("x");
    return Promise.resolve();
  }));

Deno.test("a listener that takes only some jobs is woken where anybody may be meant, and not for a plain job", () =>
  withFolder(async (root) => {
    const wake = wakeFolder(root, () => 0);
    const rings = { plain: 0, special: 0 };
    const one = wake.listen("plain", plain)!;
    const other = wake.listen("special", { isSpecialist: true })!;
    one.onWake(() => rings.plain++);
    other.onWake(() => rings.special++);
    one.markIdle();
    other.markIdle();
    wake.wakeIdle(2);
    await until(() => rings.plain > 0);
    assertEquals(rings.special, 0);
    one.markIdle();
    wake.wakeIdle(Infinity);
    await until(() => rings.special > 0);
    one.close();
    other.close();
    assertEquals([...Deno.readDirSync(root)], []);
  }));
