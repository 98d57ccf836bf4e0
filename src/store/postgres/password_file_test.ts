import { assertEquals } from "@std/assert";
import { passwordFilePath, passwordFromFile, passwordOf } from "./password_file.ts";

const login = { host: "db.example", port: 5432, database: "jobs", user: "me" };

Deno.test("the first line that fits has the password", () => {
  const cases: [string, string | null][] = [
    ["", null],
    ["db.example:5432:jobs:me:secret", "secret"],
    ["*:*:*:*:any\ndb.example:5432:jobs:me:later", "any"],
    ["# db.example:5432:jobs:me:comment\n*:*:*:me:mine", "mine"],
    ["other:*:*:*:no\r\ndb.example:*:*:*:yes\r\n", "yes"],
    ["db.example:5433:jobs:me:port", null],
    ["db.example:5432:jobs:you:user", null],
    ["db.example:5432:jobs:me:a\\:b\\\\c", "a:b\\c"],
    ["db.example:5432:jobs:me:a:b", "a:b"],
    ["db.example:5432:jobs:me:", ""],
    ["db.example:5432:jobs:me", null],
    ["d\\b.example:5432:jobs:me:escaped", "escaped"],
  ];
  for (const [text, password] of cases) assertEquals(passwordOf(text, login), password, text);
  assertEquals(passwordOf("localhost:5432:*:*:socket", { ...login, host: "/run/postgresql" }), "socket");
  assertEquals(passwordOf("*:*:a\\:b:*:x", { ...login, database: "a:b" }), "x");
});

Deno.test("a password file that others may read is not used", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "*:*:*:*:secret\n");
    await Deno.chmod(path, 0o600);
    assertEquals(passwordFromFile(path, login), "secret");
    await Deno.chmod(path, 0o640);
    assertEquals(passwordFromFile(path, login), null);
  } finally {
    await Deno.remove(path);
  }
  assertEquals(passwordFromFile(path, login), null);
});

Deno.test("the password file is where PostgreSQL's programs look for it", () => {
  const from = (env: Record<string, string>, isWindows: boolean) =>
    passwordFilePath((name) => env[name], isWindows);
  assertEquals(from({ PGPASSFILE: "/x", HOME: "/home/me" }, false), "/x");
  assertEquals(from({ HOME: "/home/me" }, false), "/home/me/.pgpass");
  assertEquals(from({ APPDATA: "C:\\a" }, true), "C:\\a\\postgresql\\pgpass.conf");
  assertEquals(from({}, false), null);
});
