import { assertEquals } from "@std/assert";
import { addSignal, jobSignals, parseSignal, splitSignals } from "./signals.ts";

Deno.test("a signal is named with or without SIG, in any case", () => {
  assertEquals(["USR1", "sigusr1", "SigUsr1", "usr1"].map(parseSignal), Array(4).fill("SIGUSR1"));
  for (const signal of jobSignals) assertEquals(parseSignal(signal), signal);
  for (const text of ["", "SIG", "USR3", "9", "SIGSIGHUP", "SEGV", " HUP"]) {
    assertEquals(parseSignal(text), undefined);
  }
});

Deno.test("signals wait in the order asked for, each once", () => {
  const two = addSignal(addSignal(null, "SIGUSR2"), "SIGHUP");
  assertEquals(splitSignals(two), ["SIGUSR2", "SIGHUP"]);
  assertEquals(addSignal(two, "SIGUSR2"), two);
  assertEquals(splitSignals(null), []);
});
