import { run } from "./src/cli/run.ts";
import { realWorld } from "./src/wiring.ts";

if (import.meta.main) Deno.exit(await run(realWorld(import.meta.url)));
