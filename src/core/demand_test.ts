import { assertEquals } from "@std/assert";
import { couldEverFit, formatDemand, formatResources, parseDemand, parseResources } from "./demand.ts";

Deno.test("a demand reads back as it was written, and equal ones are equal texts", () => {
  const demands = [
    { needs: [], slots: 1, resources: {} },
    { needs: ["gpu", "linux"], slots: 1, resources: {} },
    { needs: ["gpu"], slots: 4, resources: { gpu: 2, license: 1 } },
  ];
  for (const demand of demands) assertEquals(parseDemand(formatDemand(demand)), demand);
  assertEquals(formatDemand(demands[0]!), "");
  const turned = { needs: ["gpu"], slots: 4, resources: { license: 1, gpu: 2 } };
  assertEquals(formatDemand(turned), formatDemand(demands[2]!));
});

Deno.test("resources are read from a text, or it is none", () => {
  assertEquals(parseResources("gpu=2, license=1"), { gpu: 2, license: 1 });
  assertEquals(parseResources(""), {});
  for (
    const wrong of [
      "gpu",
      "gpu=0",
      "gpu=-1",
      "gpu=1.5",
      "GPU=1",
      "slots=2",
      "gpu=1,gpu=2",
      "=1",
      "gpu=1000001",
      ",",
    ]
  ) {
    assertEquals(parseResources(wrong), undefined, wrong);
  }
  assertEquals(formatResources({ license: 1, gpu: 2 }), "gpu=2,license=1");
});

Deno.test("whether a worker could ever run a job", () => {
  const offer = { tags: ["gpu", "linux"], concurrency: 4, resources: { gpu: 2 } };
  const fits = (needs: string[], slots: number, resources: Record<string, number>) =>
    couldEverFit({ needs, slots, resources }, offer);
  assertEquals(fits([], 1, {}), true);
  assertEquals(fits(["gpu"], 4, { gpu: 2 }), true);
  assertEquals(fits(["windows"], 1, {}), false);
  assertEquals(fits([], 5, {}), false);
  assertEquals(fits([], 1, { gpu: 3 }), false);
  assertEquals(fits([], 1, { license: 1 }), false);
});
