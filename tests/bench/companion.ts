/**
 * The side of the benchmarks that is measured inside a process. Compiled like the program, so that it runs on the
 * same runtime and the same drivers; prints one JSON value.
 *
 *     companion insert HOME JOBS DRIVER
 *     companion overhead HOME JOBS DRIVER
 */

import { chooseDriver } from "../../src/store/sqlite/choose_driver.ts";
import { findNativeLibrary } from "../support/native_library.ts";
import { insertLoop } from "./insert_loop.ts";
import { workerOverhead } from "./worker_overhead.ts";

const [what, home, jobs, wanted] = Deno.args;
const path = findNativeLibrary();
const driver = await chooseDriver({
  wanted: wanted === "@db/sqlite" ? "ffi" : "node",
  library: path === undefined ? { missing: "no native library was found" } : { path },
});
const measure = what === "insert" ? insertLoop : workerOverhead;
console.log(JSON.stringify(await measure(home!, Number(jobs), driver)));
