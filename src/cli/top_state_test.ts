import { assertEquals } from "@std/assert";
import { plainQueue } from "../core/queue.ts";
import type { ListedJob } from "../operations/list_jobs.ts";
import type { TopFacts } from "../operations/read_top.ts";
import { type Effect, firstState, jobsShown, press, selectedIndex, type TopState } from "./top_state.ts";
import { topLines } from "./top_view.ts";
import type { Output } from "./world.ts";

const byState = { pending: 1, blocked: 0, processing: 2, completed: 9, dead: 1, cancelled: 0 };

function job(id: string, fields: Partial<ListedJob> = {}): ListedJob {
  return {
    id,
    command: `run ${id}`,
    label: null,
    queue: "default",
    state: "processing",
    attempts: 0,
    runCount: 1,
    startedAt: 1000,
    finishedAt: null,
    runAt: 900,
    reason: null,
    lastError: null,
    progress: { percent: 40, text: "on \x1b[2Jit" },
    ...fields,
  } as ListedJob;
}

const facts: TopFacts = {
  now: 61_000,
  counts: { byState, failed: 0, delayed: 0, nextDueAt: null },
  queues: ["default", "mail"].map((name) => ({
    queue: { ...plainQueue(name), state: name === "mail" ? "paused" as const : "open" as const },
    byState,
    failed: 0,
    live: 2,
    isRegated: true,
  })),
  workers: [],
  jobs: [job("a"), job("b"), job("late", { state: "pending", attempts: 1 }), job("gone", { state: "dead" })],
};

/** The state and effects after some keys. */
function type(keys: readonly string[], from: TopState = firstState): [TopState, Effect[]] {
  let state = from;
  const effects: Effect[] = [];
  for (const key of keys) {
    const pressed = press(state, key, facts);
    state = pressed.state;
    if (pressed.effect !== undefined) effects.push(pressed.effect);
  }
  return [state, effects];
}

Deno.test("what is selected stays so by its id, and ends at both ends", () => {
  const [down] = type(["j", "down"]);
  assertEquals([down.selected.jobs, selectedIndex(down, facts)], ["late", 2]);
  assertEquals(selectedIndex(down, { ...facts, jobs: facts.jobs.slice(1) }), 1);
  assertEquals(selectedIndex(down, { ...facts, jobs: facts.jobs.slice(0, 1) }), 0);
  assertEquals(selectedIndex(down, { ...facts, jobs: [] }), -1);
  assertEquals(selectedIndex(type(["pagedown"])[0], facts), 3);
  assertEquals(selectedIndex(type(["k", "home"])[0], facts), 0);
});

Deno.test("keys act on what is selected; cancel asks before", () => {
  assertEquals(type(["j", "c", "y"])[1], [{ do: "cancel", id: "b" }]);
  assertEquals(type(["j", "c", "n"])[1], []);
  assertEquals(type(["end", "c"])[0].message, "gone is dead already.");
  assertEquals(type(["end", "r"])[1], [{ do: "retry", id: "gone" }]);
  assertEquals(type(["p"])[1], [{ do: "pause", queue: "default" }]);
  assertEquals(type(["tab", "j", "p"])[1], [{ do: "resume", queue: "mail" }]);
  assertEquals(type(["q"])[1], [{ do: "quit", code: 0 }]);
  assertEquals(type(["c", "ctrl-c"])[1], [{ do: "quit", code: 130 }]);
  assertEquals(press(firstState, "c", null).state.message, "No job is selected.");
});

Deno.test("a filter is typed, kept or dropped, and keys are text meanwhile", () => {
  const [kept] = type(["/", "q", "backspace", "f", "a", "i", "l", "enter"]);
  assertEquals(jobsShown(kept, facts).map(({ id }) => id), ["late"]);
  assertEquals(type(["/", "x", "escape"])[0].filter, "");
  assertEquals(type(["escape"], kept)[0].filter, "");
});

Deno.test("output is scrolled from its end, and keys go back", () => {
  const [state] = type(["l", "k", "k", "j"]);
  assertEquals(state.mode, { kind: "output", id: "a", up: 1 });
  assertEquals(type(["q"], state)[0].mode.kind, "list");
});

function screenOf(
  state: TopState,
  size: { columns: number; rows: number },
  hasColour = false,
): readonly string[] {
  const output: Output = { write: () => {}, isTerminal: true, hasColour, ...size };
  const outputLines = Array.from({ length: 50 }, (_, index) => `line ${index + 1}`);
  return topLines({
    output,
    location: "/a/long/path/of/the/store.sqlite",
    state,
    facts,
    outputLines,
    trouble: null,
  });
}

Deno.test("it fits any terminal, in every mode, and shows no control characters of jobs", () => {
  const modes = [[], ["?"], ["/"], ["c"], ["l"], ["tab"]].map((keys) => type(keys)[0]);
  for (const state of modes) {
    for (const size of [{ columns: 80, rows: 24 }, { columns: 200, rows: 60 }, { columns: 80, rows: 5 }]) {
      const lines = screenOf(state, size);
      assertEquals(lines.length, size.rows);
      for (const line of lines) {
        assertEquals(line.length <= size.columns, true, line);
        assertEquals(line.includes("\x1b"), false);
      }
    }
  }
  assertEquals(
    screenOf(modes[0]!, { columns: 80, rows: 24 }, true).some((line) => line.startsWith("\x1b[7m> a ")),
    true,
  );
});

Deno.test("the end of output is shown, and what is above it when scrolled", () => {
  const [bottom] = type(["l"]);
  assertEquals(screenOf(bottom, { columns: 80, rows: 10 }).at(-2), "line 50");
  assertEquals(screenOf(type(["k"], bottom)[0], { columns: 80, rows: 10 }).at(-2), "line 49");
  assertEquals(screenOf(type(["g"], bottom)[0], { columns: 80, rows: 10 })[2], "line 1");
});
