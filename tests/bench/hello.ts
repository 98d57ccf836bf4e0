/** What the program is compared with: the least that a compiled program can do. With `idle` it waits for ever. */

if (Deno.args[0] === "idle") setInterval(() => {}, 1000);
else console.log("hello");
