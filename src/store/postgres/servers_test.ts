import { assertEquals, assertThrows } from "@std/assert";
import { StoreUnavailable } from "../../core/errors.ts";
import { serversOf } from "./servers.ts";

Deno.test("a URL with one host is one server, whatever it may be used for", () => {
  const url = "postgres://u:p%40x@h:5433/db?sslmode=require";
  assertEquals(serversOf(url), { urls: [url], mustBeWritable: false });
  const wanted = `${url}&target_session_attrs=read-write`;
  assertEquals(serversOf(wanted), { urls: [url], mustBeWritable: true });
});

Deno.test("a URL with several hosts is looked through for the one that may be written to", () => {
  assertEquals(serversOf("postgres://u@h1:1,h2,[::1]:3/db?target_session_attrs=primary&a=1"), {
    urls: ["postgres://u@h1:1/db?a=1", "postgres://u@h2/db?a=1", "postgres://u@[::1]:3/db?a=1"],
    mustBeWritable: true,
  });
  assertEquals(serversOf("postgres://h1,h2/db").mustBeWritable, true);
  assertEquals(serversOf("postgres://h1,h2/db?target_session_attrs=any").mustBeWritable, false);
});

Deno.test("a server that nobody may write to is refused", () => {
  for (const wanted of ["standby", "read-only", "prefer-standby", "constructor"]) {
    assertThrows(() => serversOf(`postgres://h/db?target_session_attrs=${wanted}`), StoreUnavailable);
  }
});
