/**
 * Checks that imports point inward only, as ARCHITECTURE.md draws it, that they form no cycle, and that
 * `src/core` stays pure. Says what is wrong, one line each, and exits with 1 then.
 *
 * The imports come from `deno info`, so type-only and dynamic ones count, and re-exports too.
 */
import { dirname, fromFileUrl, join, relative, toFileUrl } from "@std/path";
import { blankLiterals } from "./blank_literals.ts";
import { choosePackages } from "./packages.ts";

/** One file imports another: paths from the project's root with `/`, or the name of what is not ours. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whether it imports types alone, of which nothing is left in what runs. */
  readonly isOfTypes?: boolean;
}

const ROOT = dirname(import.meta.dirname!);

/** How far out each layer is. A file imports its own rank or a lower one. */
const RANKS = { main: 4, wiring: 4, cli: 3, web: 3, operations: 2, worker: 2, store: 1, core: 0 } as const;

/** What else each adapter may import. In the program, only the wiring imports an adapter. */
const ADAPTERS = { sqlite: ["store", "core"], postgres: ["store", "core"], system: ["core"] } as const;

type Layer = keyof typeof RANKS;
type Adapter = keyof typeof ADAPTERS;
type Place = Layer | Adapter | "dashboard" | "scripts" | "tests" | "unknown" | "outside";

const PLACES: readonly (readonly [RegExp, Place])[] = [
  [/^tests\/|^(?:src|scripts)\/.*_test\.tsx?$/, "tests"],
  [/^scripts\//, "scripts"],
  [/^main\.ts$/, "main"],
  [/^src\/wiring\.ts$/, "wiring"],
  [/^src\/cli\//, "cli"],
  [/^src\/web\//, "web"],
  [/^src\/dashboard\//, "dashboard"],
  [/^src\/operations\//, "operations"],
  [/^src\/worker\//, "worker"],
  [/^src\/store\/sqlite\//, "sqlite"],
  [/^src\/store\/postgres\//, "postgres"],
  [/^src\/store\/[^/]+$/, "store"],
  [/^src\/system\//, "system"],
  [/^src\/core\//, "core"],
  [/^src\//, "unknown"],
];

const VAGUE_NAMES = ["index", "mod", "utils", "helpers", "common", "manager"];

/** Says what is wrong with these imports: each forbidden one, then each cycle. */
export function findViolations(edges: readonly Edge[]): string[] {
  const forbidden = edges.flatMap((edge) => {
    const reason = whyForbidden(edge);
    return reason === undefined ? [] : [`${edge.from} must not import ${edge.to}: ${reason}`];
  });
  return [...new Set(forbidden), ...findCycles(edges).map((cycle) => `cycle: ${cycle.join(" → ")}`)];
}

function whyForbidden(edge: Edge): string | undefined {
  const from = placeOf(edge.from);
  const to = placeOf(edge.to);
  if (from === "tests" || from === "scripts" || from === "outside") return undefined;
  if (from === "unknown" || to === "unknown") return "one of them is in no known layer";
  if (isAdapter(to) && from !== to && from !== "wiring") {
    return "only src/wiring.ts imports an adapter";
  }
  if (to === "tests" || to === "scripts") return "the program imports neither scripts nor tests";
  if (from === "dashboard" || to === "dashboard") return whyNotDashboard(edge);
  if (to === "outside") return from === "core" ? "src/core imports nothing from outside src/core" : undefined;
  if (isAdapter(to)) return undefined;
  if (isAdapter(from)) return whyNotFromAdapter(from, to);
  if ((from === "cli" && to === "web") || (from === "web" && to === "cli")) {
    return "src/cli and src/web stand side by side";
  }
  return RANKS[to] > RANKS[from] ? "imports point inward only" : undefined;
}

/** It runs in browsers, so it is bundled by itself; what the API answers it knows by the types of its schemas. */
function whyNotDashboard({ from, to, isOfTypes = false }: Edge): string | undefined {
  if (placeOf(from) !== "dashboard") return "the dashboard is for browsers, and is built by itself";
  if (placeOf(to) === "dashboard" || placeOf(to) === "outside") return undefined;
  if (isOfTypes && to.startsWith("src/web/schemas/")) return undefined;
  return "the dashboard imports of the program only types of src/web/schemas";
}

function whyNotFromAdapter(from: Adapter, to: Layer): string | undefined {
  const allowed: readonly Layer[] = ADAPTERS[from];
  return allowed.includes(to) ? undefined : `this adapter imports only itself and ${allowed.join(", ")}`;
}

function placeOf(path: string): Place {
  return PLACES.find(([pattern]) => pattern.test(path))?.[1] ?? "outside";
}

function isAdapter(place: Place): place is Adapter {
  return Object.hasOwn(ADAPTERS, place);
}

/** Finds cycles, at least one through every import whose removal would be needed to have none. */
function findCycles(edges: readonly Edge[]): string[][] {
  const targets = Map.groupBy(edges, (edge) => edge.from);
  const finished = new Set<string>();
  const path: string[] = [];
  const cycles = new Map<string, string[]>();

  function visit(file: string): void {
    const start = path.indexOf(file);
    if (start >= 0) {
      const cycle = [...path.slice(start), file];
      cycles.set(cycle.join("\n"), cycle);
    }
    if (start >= 0 || finished.has(file)) return;
    path.push(file);
    for (const { to } of targets.get(file) ?? []) visit(to);
    path.pop();
    finished.add(file);
  }

  for (const file of [...targets.keys()].sort()) visit(file);
  return [...cycles.values()];
}

/** Says which file or folder under `src` has a name that tells nothing. */
export function findVagueNames(paths: readonly string[]): string[] {
  return paths.filter((path) => path.startsWith("src/")).flatMap((path) => {
    const vague = path.replace(/\.tsx?$/, "").split("/").find((name) => VAGUE_NAMES.includes(name));
    return vague === undefined ? [] : [`${path}: name it after what it holds, not “${vague}”`];
  });
}

/** Says what in a source text this check cannot see, or may not be where the file is. */
export function findForbiddenCode(path: string, source: string): string[] {
  const place = placeOf(path);
  if (place === "tests" || place === "scripts") return [];
  const code = blankLiterals(source);
  const uses = place === "core" ? code.match(/\bDeno\b|\bDate\b|\bMath\s*\.\s*random\b/g) ?? [] : [];
  const impure = [...new Set(uses)].map((use) =>
    `${path} uses ${use}: src/core gets time and chance as values`
  );
  if (place === "dashboard" && /\bDeno\b/.test(code)) impure.push(`${path} uses Deno, which no browser has`);
  const isComputed = /\bimport\s*\(\s*[^\s"'`]/.test(code);
  return isComputed ? [...impure, `${path} imports a computed name, which cannot be checked`] : impure;
}

interface Resolution {
  readonly specifier?: string;
  readonly error?: string;
}

interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: Resolution;
    readonly type?: Resolution;
  }[];
}

/** Lists the imports of the project's own files among these modules, and those that lead nowhere. */
export function readGraph(modules: readonly Module[], root: string): { edges: Edge[]; broken: string[] } {
  const edges: Edge[] = [];
  const broken: string[] = [];
  for (const module of modules) {
    const from = pathIn(root, module.specifier);
    if (from === undefined) continue;
    if (module.error !== undefined) broken.push(`${from}: ${module.error.split("\n")[0]}`);
    for (const { specifier, code, type } of module.dependencies ?? []) {
      for (const resolution of [code, type]) {
        if (resolution?.error !== undefined) broken.push(`${from}: ${resolution.error}`);
        if (resolution?.specifier === undefined) continue;
        const to = pathIn(root, resolution.specifier);
        // A package may be mapped to a file of ours, and is a package all the same.
        const isPackage = to === undefined || (to.startsWith("scripts/offline/") && /^\w|^@/.test(specifier));
        const edge: Edge = {
          from,
          to: isPackage ? specifier : to,
          ...(code === undefined ? { isOfTypes: true } : {}),
        };
        const isKnown = (other: Edge) =>
          other.from === edge.from && other.to === edge.to && other.isOfTypes === edge.isOfTypes;
        if (!edges.some(isKnown)) edges.push(edge);
      }
    }
  }
  return { edges, broken: [...new Set(broken)] };
}

function pathIn(root: string, specifier: string): string | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = relative(root, fromFileUrl(specifier)).replaceAll("\\", "/");
  return path.startsWith("../") ? undefined : path;
}

/** Lists the program's files under a folder of the project: no tests. */
async function listSources(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) paths.push(...await listSources(path));
    else if (/(?<!_test)\.tsx?$/.test(entry.name)) paths.push(path);
  }
  return paths.sort();
}

/** Asks `deno info` about all these files at once, through a file that imports them. */
async function loadModules(paths: readonly string[]): Promise<Module[]> {
  const { flags, environment } = await choosePackages();
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = paths.map((path) => `import ${JSON.stringify(toFileUrl(join(ROOT, path)).href)};\n`);
    await Deno.writeTextFile(entry, imports.join(""));
    const args = ["info", "--json", ...flags, entry];
    const command = new Deno.Command(Deno.execPath(), { args, env: environment, stderr: "inherit" });
    const { success, stdout } = await command.output();
    if (!success) throw new Error("Cannot read the imports: deno info failed");
    const info: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
    return info.modules;
  } finally {
    await Deno.remove(entry);
  }
}

async function main(): Promise<number> {
  const sources = ["main.ts", ...await listSources("src")];
  const { edges, broken } = readGraph(await loadModules(sources), ROOT);
  const problems = [...broken, ...findViolations(edges), ...findVagueNames(sources)];
  for (const path of sources) {
    const source = await Deno.readTextFile(join(ROOT, path)).catch(() => "");
    problems.push(...findForbiddenCode(path, source));
  }
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) {
    console.log(`${sources.length} files, ${edges.length} imports, all point inward.`);
  }
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
