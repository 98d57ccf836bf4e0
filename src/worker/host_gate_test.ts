import { assertEquals } from "@std/assert";
import type { WorkerContext } from "./context.ts";
import { HostGate } from "./host_gate.ts";

interface Host {
  load: number | null;
  memory: number | null;
  max_load: number | null;
  min_memory: number | null;
  workerId: string;
}

function gateOf(host: Host) {
  const written: string[] = [];
  const log: string[] = [];
  let looks = 0;
  let fails = 0;
  const context = {
    get workerId() {
      return host.workerId;
    },
    store: {
      setHeld(id: string, text: string | null) {
        if (fails-- > 0) return Promise.reject(new Error("away"));
        written.push(`${id}: ${text}`);
        return Promise.resolve();
      },
    },
    machine: {
      vitals: {
        load: () => (looks++, host.load),
        availableMemory: () => host.memory,
      },
    },
    currentSettings: () => host,
    log: (line: string) => log.push(line),
  } as unknown as WorkerContext;
  return {
    gate: new HostGate(context),
    written,
    log,
    looks: () => looks,
    fail: (times: number) => fails = times,
  };
}

const idle: Host = { load: 1, memory: 8e9, max_load: 4, min_memory: 1e9, workerId: "w" };
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("a gate is closed above the load and below the memory, and says so once", async () => {
  const host = { ...idle };
  const { gate, written, log } = gateOf(host);
  assertEquals(gate.isOpen(0), true);
  host.load = 4.5;
  assertEquals(gate.isOpen(1000), false);
  await settle();
  host.load = 5.5;
  assertEquals(gate.isOpen(2000), false);
  await settle();
  host.load = 4;
  host.memory = 0.5e9;
  assertEquals(gate.isOpen(3000), false);
  await settle();
  host.memory = 1e9;
  assertEquals(gate.isOpen(4000), true);
  await settle();
  assertEquals(written, [
    "w: its load is 4.50, above max_load 4",
    "w: its available memory is 500MB, below min_memory 1GB",
    "w: null",
  ]);
  assertEquals(log.length, 3);
});

Deno.test("the machine is looked at once a second at most, and not at all without a limit", () => {
  const host = { ...idle };
  const { gate, looks } = gateOf(host);
  for (const now of [0, 1, 500, 999, 1000, 1001]) gate.isOpen(now);
  assertEquals(looks(), 2);
  host.max_load = null;
  host.min_memory = null;
  host.load = 99;
  assertEquals(gate.isOpen(2000), true);
  assertEquals(looks(), 2);
});

Deno.test("what cannot be told holds nobody back", () => {
  const { gate } = gateOf({ ...idle, load: null, memory: null });
  assertEquals(gate.isOpen(0), true);
});

Deno.test("what could not be written is written at the next look, and anew under another id", async () => {
  const host = { ...idle, load: 9 };
  const { gate, written, fail } = gateOf(host);
  fail(1);
  gate.isOpen(0);
  await settle();
  assertEquals(written, []);
  gate.isOpen(1000);
  await settle();
  assertEquals(written.length, 1);
  host.workerId = "x";
  gate.isOpen(2000);
  await settle();
  assertEquals(written[1], "x: its load is 9.00, above max_load 4");
});
