import { assert, assertEquals } from "@std/assert";
import { wakeFolder } from "./wake_folder.ts";

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
    const [a, b] = [wake.listen("a")!, wake.listen("b")!];
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

Deno.test("waking nobody is no error", () =>
  withFolder((root) => {
    const wake = wakeFolder(`${root}/none`, Math.random);
    wake.wakeIdle(3);
    wake.wakeAll();
    wake.forget("x");
    return Promise.resolve();
  }));
