// Every JSR package that deno.json names. Loaded to see whether Deno's cache holds them; never run.
import "@db/sqlite";
import "@std/assert";
import "@std/cli/parse-args";
import "@std/path";
