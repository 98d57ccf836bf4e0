/** The judge of limits finds each that does not hold. */

import { assertEquals } from "@std/assert";
import { findLimitFaults, type LimitRules } from "./limit_judge.ts";
import type { JobRow, RunRow } from "./store_view.ts";

const rules: LimitRules = {
  keyed: "limited",
  keyLimit: 1,
  rated: "rated",
  rate: { count: 2, perMs: 1000 },
  resource: { name: "gpu", amount: 2 },
  limits: [{ value: 2, from: 0, to: 1 }, { value: 1, from: 1000, to: 1100 }, {
    value: 3,
    from: 2000,
    to: Infinity,
  }],
  pauses: [{ value: false, from: 0, to: 1 }, { value: true, from: 5000, to: 5100 }],
};

type Story = Partial<JobRow> & { readonly began: number; readonly ended: number; readonly host?: string };

function faults(...stories: readonly Story[]): number {
  const jobs = stories.map(({ began: _began, ended: _ended, host: _host, ...fields }, seq): JobRow => ({
    ...{ seq, id: `j${seq}`, state: "completed", reason: null, attempts: 1, maxRetries: 3, runCount: 1 },
    ...{ token: 1, workerId: null, queue: "limited", key: null, demand: "" },
    ...fields,
  }));
  const runs = stories.map(({ began, ended, host = "here" }, jobSeq): RunRow => ({
    ...{
      jobSeq,
      number: 1,
      token: 1,
      workerId: "w",
      hostName: host,
      host,
      outcome: "completed",
      exitCode: 0,
    },
    ...{ startedAt: began, finishedAt: ended, text: "" },
  }));
  return findLimitFaults({ jobs, runs }, rules).length;
}

Deno.test("no more begin than the limit that may be in force then", () => {
  assertEquals(faults({ began: 10, ended: 99 }, { began: 20, ended: 99 }), 0);
  assertEquals(faults({ began: 10, ended: 99 }, { began: 20, ended: 99 }, { began: 99, ended: 100 }), 0);
  assertEquals(faults({ began: 10, ended: 99 }, { began: 20, ended: 99 }, { began: 98, ended: 100 }), 1);
  // While it is lowered either holds; what runs goes on.
  assertEquals(faults({ began: 10, ended: 1500 }, { began: 1050, ended: 1200 }), 0);
  assertEquals(faults({ began: 10, ended: 1500 }, { began: 1101, ended: 1200 }), 1);
  assertEquals(
    faults({ began: 10, ended: 3000 }, { began: 20, ended: 3000 }, { began: 2001, ended: 3000 }),
    0,
  );
});

Deno.test("of a key one at once, in order of arrival", () => {
  const key = "k";
  assertEquals(faults({ key, began: 10, ended: 20 }, { key, began: 20, ended: 30 }), 0);
  assertEquals(faults({ key, began: 10, ended: 20 }, { key, began: 19, ended: 30 }), 1);
  assertEquals(faults({ key, began: 20, ended: 30 }, { key, began: 10, ended: 20 }), 1);
});

Deno.test("a rate, a pause, and what a host has", () => {
  const queue = "rated";
  const at = (began: number) => ({ queue, began, ended: began + 1 });
  assertEquals(faults(at(0), at(1), at(1000)), 0);
  assertEquals(faults(at(0), at(1), at(999)), 1);
  assertEquals([faults(at(5050)), faults(at(5101))], [0, 1]);
  const gpu = (host: string) => ({ queue: "default", demand: "gpu=2", began: 1, ended: 9, host });
  assertEquals([faults(gpu("a"), gpu("b")), faults(gpu("a"), gpu("a"))], [0, 1]);
});
