/** The program as it would be if it always loaded the driver for PostgreSQL, to measure what loading it late is worth. */

import "../../src/store/postgres/open.ts";
import { run } from "../../src/cli/run.ts";
import { realWorld } from "../../src/wiring.ts";

Deno.exit(await run(realWorld(import.meta.url)));
