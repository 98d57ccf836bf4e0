import { assertEquals, assertMatch } from "@std/assert";
import { findForbiddenCode, findVagueNames, findViolations, readGraph } from "./check_layers.ts";

/** What is wrong with one import. */
function check(from: string, to: string): string[] {
  return findViolations([{ from, to }]);
}

const allowed: readonly (readonly [string, string])[] = [
  ["main.ts", "src/wiring.ts"],
  ["main.ts", "src/cli/run.ts"],
  ["src/wiring.ts", "src/store/sqlite/open.ts"],
  ["src/wiring.ts", "src/system/clock.ts"],
  ["src/wiring.ts", "node:os"],
  ["src/cli/commands/list.ts", "src/cli/table.ts"],
  ["src/cli/run.ts", "src/worker/worker.ts"],
  ["src/cli/run.ts", "src/core/errors.ts"],
  ["src/web/api.ts", "src/operations/list_jobs.ts"],
  ["src/operations/enqueue.ts", "src/store/store.ts"],
  ["src/worker/worker.ts", "src/operations/refresh_pids.ts"],
  ["src/store/migrate.ts", "src/core/errors.ts"],
  ["src/store/sqlite/jobs.ts", "src/store/store.ts"],
  ["src/store/sqlite/jobs.ts", "src/store/sqlite/drivers/node_sqlite.ts"],
  ["src/store/postgres/jobs.ts", "npm:postgres@3"],
  ["src/system/clock.ts", "src/core/ports.ts"],
  ["src/core/job.ts", "src/core/run.ts"],
  ["src/cli/run_test.ts", "src/store/sqlite/open.ts"],
  ["tests/e2e/run_test.ts", "main.ts"],
  ["scripts/reference.ts", "src/cli/commands.ts"],
  ["scripts/build.ts", "src/system/self_launcher.ts"],
];

const forbidden: readonly (readonly [string, string])[] = [
  ["src/cli/run.ts", "main.ts"],
  ["src/cli/run.ts", "src/wiring.ts"],
  ["src/cli/run.ts", "src/web/api.ts"],
  ["src/web/api.ts", "src/cli/json.ts"],
  ["src/operations/enqueue.ts", "src/cli/json.ts"],
  ["src/worker/worker.ts", "src/web/api.ts"],
  ["src/store/store.ts", "src/operations/enqueue.ts"],
  ["src/core/job.ts", "src/store/store.ts"],
  ["src/core/job.ts", "node:crypto"],
  ["src/core/job.ts", "@std/path"],
  ["src/core/job.ts", "deno.json"],
  ["main.ts", "src/system/clock.ts"],
  ["src/cli/run.ts", "src/store/sqlite/open.ts"],
  ["src/worker/worker.ts", "src/system/processes.ts"],
  ["src/store/store.ts", "src/store/sqlite/rows.ts"],
  ["src/store/sqlite/jobs.ts", "src/store/postgres/jobs.ts"],
  ["src/store/sqlite/jobs.ts", "src/system/clock.ts"],
  ["src/store/sqlite/jobs.ts", "src/operations/enqueue.ts"],
  ["src/system/clock.ts", "src/store/store.ts"],
  ["src/core/job.ts", "src/system/clock.ts"],
  ["src/cli/run.ts", "tests/support/sample.ts"],
  ["src/cli/run.ts", "src/cli/words_test.ts"],
  ["src/cli/run.ts", "scripts/packages.ts"],
  ["src/engine/run.ts", "src/core/job.ts"],
  ["src/dashboard/dashboard.tsx", "src/web/schemas/job.ts"],
  ["src/dashboard/dashboard.tsx", "src/core/job.ts"],
  ["src/web/app.ts", "src/dashboard/router/routes.ts"],
  ["main.ts", "src/dashboard/dashboard.tsx"],
  ["src/cli/run.ts", "src/engine.ts"],
];

Deno.test("findViolations: imports that point inward are allowed", () => {
  for (const [from, to] of allowed) assertEquals(check(from, to), [], `${from} → ${to}`);
});

Deno.test("findViolations: the dashboard knows packages, itself, and types of the API's schemas", () => {
  const from = "src/dashboard/api/types.ts";
  for (const to of ["preact", "src/dashboard/api/ask.ts"]) assertEquals(findViolations([{ from, to }]), []);
  const ofTypes = (to: string) => findViolations([{ from, to, isOfTypes: true }]).length;
  assertEquals(ofTypes("src/web/schemas/job.ts"), 0);
  assertEquals(ofTypes("src/web/route.ts"), 1);
  assertEquals(ofTypes("src/core/job.ts"), 1);
});

Deno.test("findViolations: every other import is named with its reason, once", () => {
  for (const [from, to] of forbidden) {
    const violations = findViolations([{ from, to }, { from, to }]);
    assertEquals(violations.length, 1, `${from} → ${to}`);
    assertMatch(violations[0]!, /^\S+ must not import \S+: \S/);
  }
});

Deno.test("findViolations: each cycle is listed with all its files", () => {
  const [a, b, c, d] = ["src/core/a.ts", "src/core/b.ts", "src/core/c.ts", "src/core/d.ts"] as const;
  const edges = [
    { from: a, to: b },
    { from: b, to: c },
    { from: c, to: a },
    { from: c, to: b },
    { from: d, to: d },
    { from: d, to: a },
  ];
  assertEquals(findViolations(edges), [
    `cycle: ${a} → ${b} → ${c} → ${a}`,
    `cycle: ${b} → ${c} → ${b}`,
    `cycle: ${d} → ${d}`,
  ]);
});

Deno.test("findViolations: two ways to the same file are no cycle", () => {
  const [a, b, c] = ["src/core/a.ts", "src/core/b.ts", "src/core/c.ts"] as const;
  assertEquals(findViolations([{ from: a, to: b }, { from: a, to: c }, { from: b, to: c }]), []);
});

Deno.test("findVagueNames: files and folders under src are named after what they hold", () => {
  const paths = ["src/cli/utils.ts", "src/common/job.ts", "src/core/modes.ts", "scripts/mod.ts", "main.ts"];
  assertEquals(findVagueNames(paths).map((text) => text.split(":")[0]), [
    "src/cli/utils.ts",
    "src/common/job.ts",
  ]);
});

Deno.test("findForbiddenCode: core has no Deno, no Date and no chance, elsewhere all are fine", () => {
  const source = "// Date\nconst a = `Deno ${Date.now()}` + Deno.pid + Math.random() + new Date();";
  assertEquals(findForbiddenCode("src/core/a.ts", source).length, 3);
  assertEquals(findForbiddenCode("src/core/a.ts", `const update = "Date"; // Deno.pid`), []);
  assertEquals(findForbiddenCode("src/core/a_test.ts", source), []);
  assertEquals(findForbiddenCode("src/system/a.ts", source), []);
});

Deno.test("findForbiddenCode: browsers have no Deno", () => {
  assertEquals(findForbiddenCode("src/dashboard/a.tsx", "Deno.exit()").length, 1);
  assertEquals(findForbiddenCode("src/dashboard/a_test.ts", "Deno.test()"), []);
  assertEquals(findForbiddenCode("src/dashboard/a.tsx", "Date.now(); // Deno"), []);
});

Deno.test("findForbiddenCode: a dynamic import names its file", () => {
  assertEquals(findForbiddenCode("src/cli/a.ts", `await import(name)`).length, 1);
  assertEquals(findForbiddenCode("src/cli/a.ts", `await import( "./b.ts"); typeof import('./c.ts')`), []);
});

Deno.test("readGraph: types, code and packages are edges, what is missing is said", () => {
  const file = (path: string) => `file:///project/${path}`;
  const modules = [
    {
      specifier: file("src/cli/a.ts"),
      dependencies: [
        { specifier: "./b.ts", type: { specifier: file("src/cli/b.ts") } },
        {
          specifier: "./c.js",
          code: { specifier: file("src/cli/c.js") },
          type: { specifier: file("src/cli/c.d.ts") },
        },
        { specifier: "@std/path", code: { specifier: file("scripts/offline/path.ts") } },
        { specifier: "../../scripts/offline/path.ts", code: { specifier: file("scripts/offline/path.ts") } },
        { specifier: "gone", code: { error: `Import "gone" not a dependency` } },
      ],
    },
    { specifier: file("src/cli/b.ts"), error: "Module not found" },
    { specifier: "https://jsr.io/x.ts", dependencies: [{ specifier: "./y.ts", code: { specifier: "z" } }] },
  ];
  const { edges, broken } = readGraph(modules, "/project");
  assertEquals(edges.map(({ isOfTypes = false }) => isOfTypes), [true, false, false, false, false]);
  assertEquals(edges.map((edge) => edge.to), [
    "src/cli/b.ts",
    "src/cli/c.js",
    "src/cli/c.d.ts",
    "@std/path",
    "scripts/offline/path.ts",
  ]);
  assertEquals(broken, [`src/cli/a.ts: Import "gone" not a dependency`, "src/cli/b.ts: Module not found"]);
});
