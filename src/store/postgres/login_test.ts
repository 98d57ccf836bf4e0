import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { StoreUnavailable } from "../../core/errors.ts";
import { loginOf } from "./login.ts";

const login = (url: string, env: Record<string, string> = {}) =>
  loginOf(url, (name) => ({ HOME: "/not/there", ...env })[name], () => {});
const tls = (query: string, env: Record<string, string> = {}, host = "db.example") =>
  login(`postgres://me@${host}/jobs${query}`, env).tls;

Deno.test("a URL says where to connect and as whom, and what it leaves out comes from PG variables", () => {
  const whole = login("postgres://m%65:p%40ss:w@db.example:6543/my%20jobs?statement_timeout=5000");
  assertEquals([whole.host, whole.port, whole.user], ["db.example", 6543, "me"]);
  assertEquals([whole.database, whole.password], ["my jobs", "p@ss:w"]);
  assertEquals(whole.session, { statement_timeout: "5000" });
  const env = { PGHOST: "h", PGPORT: "1", PGUSER: "u", PGDATABASE: "d", PGPASSWORD: "p" };
  const empty = login("postgres:///", env);
  assertEquals([empty.host, empty.port, empty.user, empty.database], ["h", 1, "u", "d"]);
  assertEquals(empty.password, "p");
  assertEquals(login("postgres://me@h/db", env).user, "me");
  assertEquals(login("postgres://me@h").database, "me");
  assertEquals(login("postgres://me@[::1]:7/db").host, "::1");
  assertEquals(login("postgres://me@[::1]:7/db").port, 7);
});

Deno.test("a socket file's folder is a host", () => {
  for (const url of ["postgres://me@%2Frun%2Fpg:6/db", "postgres://me@/db?host=/run/pg&port=6"]) {
    const { host, port, database } = login(url);
    assertEquals([host, port, database], ["/run/pg", 6, "db"], url);
  }
  assertEquals(login("postgres:///?host=/run/pg&user=u&dbname=d&password=p").password, "p");
});

Deno.test("sslmode means what it means to PostgreSQL's programs", () => {
  assertEquals(tls(""), "prefer");
  assertEquals(tls("?sslmode=disable"), false);
  assertEquals(tls("?sslmode=allow"), "prefer");
  const rejects = (query: string, env: Record<string, string> = {}) => {
    const told = tls(query, env);
    return typeof told === "object" ? told.rejectUnauthorized : told;
  };
  assertEquals(rejects("?sslmode=require"), false);
  assertEquals(tls("", { PGSSLMODE: "disable" }), false);
  assertEquals(rejects("?sslmode=require", { PGSSLMODE: "disable" }), false);
  assertEquals(rejects("?sslrootcert=system"), true);
  assertEquals(rejects("", { PGSSLMODE: "verify-full", PGSSLROOTCERT: "system" }), true);
  assertEquals(tls("?sslmode=verify-full&sslrootcert=system", {}, "%2Frun%2Fpg"), false);
});

Deno.test("certificates are looked for where PostgreSQL's programs look", async () => {
  const HOME = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${HOME}/.postgresql`);
    const files = { "root.crt": "roots", "postgresql.crt": "ours", "postgresql.key": "key" };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${HOME}/.postgresql/${name}`, text);
    }
    const env = { HOME, APPDATA: "" };
    assertEquals(tls("", env), "prefer");
    for (const mode of ["require", "verify-ca", "verify-full"]) {
      const told = tls(`?sslmode=${mode}`, env);
      assert(typeof told === "object");
      assertEquals([told.rejectUnauthorized, told.ca, told.cert, told.key], [true, "roots", "ours", "key"]);
    }
    const told = tls("?sslrootcert=system", env);
    assert(typeof told === "object");
    assertEquals([told.rejectUnauthorized, told.ca], [true, undefined]);
  } finally {
    await Deno.remove(HOME, { recursive: true });
  }
});

Deno.test("what is for us is kept from the server, and what it would not know as well", () => {
  const url =
    "postgres://me@h/db?sslmode=prefer&target_session_attrs=any&channel_binding=prefer&keepalives=1&a=b";
  assertEquals(login(url).session, { a: "b" });
});

Deno.test("what would not be checked, or cannot, is refused", () => {
  const cases: [string, string][] = [
    ["?sslmode=on", "sslmode=on: there is no such mode"],
    ["?sslmode=verify-full", "which certificate authority to trust"],
    ["?sslmode=require&sslrootcert=/not/there", "sslrootcert=/not/there: "],
    ["?sslmode=prefer&sslrootcert=system", "it would not be checked who the server is"],
    ["?sslmode=require&sslkey=/not/there", "sslkey=/not/there: "],
    ["?channel_binding=require", "channel_binding=require"],
    ["?port=70000", "port 70000: there is no such port"],
  ];
  for (const [query, found] of cases) {
    assertStringIncludes(assertThrows(() => tls(query), StoreUnavailable).message, found);
  }
});
