import { assertEquals } from "@std/assert";
import {
  adviceOnAddress,
  isStoreAddress,
  schemaOf,
  withoutPassword,
  withoutSchema,
} from "./store_address.ts";

Deno.test("a store is sqlite, or the URL of a PostgreSQL database", () => {
  for (const text of ["sqlite", "postgres://h/db", "postgresql://u:p@h:1,h2:2/db?sslmode=require"]) {
    assertEquals(isStoreAddress(text), true, text);
  }
  for (const text of ["", "mysql://h/db", "postgres://", "queue.sqlite", "postgres://h/db?schema=No"]) {
    assertEquals(isStoreAddress(text), false, text);
  }
});

Deno.test("the schema is ours, and the server is not told of it", () => {
  assertEquals([schemaOf("postgres://h/db"), schemaOf("postgres://h/db?a=1&schema=q2")], ["queuectl", "q2"]);
  assertEquals(schemaOf(`postgres://h/db?schema=a";drop`), undefined);
  assertEquals(withoutSchema("postgres://h/db?schema=q"), "postgres://h/db");
  assertEquals(withoutSchema("postgres://h/db?schema=q&a=1"), "postgres://h/db?a=1");
  assertEquals(withoutSchema("postgres://h/db?a=1&schema=q"), "postgres://h/db?a=1");
});

Deno.test("no password is ever shown", () => {
  assertEquals(withoutPassword("postgres://u:se%40cret@h/db"), "postgres://u@h/db");
  assertEquals(withoutPassword("postgres://u@h/db?password=x&a=1"), "postgres://u@h/db?password=…&a=1");
  assertEquals(withoutPassword("postgres://h:5432/db"), "postgres://h:5432/db");
  assertEquals(withoutPassword("sqlite"), "sqlite");
});

Deno.test("a URL that could be read in two ways names no store, and it is said how to write it", () => {
  for (
    const password of ["a/b", "a@b", "a#b", "a?b", "a:b@c", "5432/b", "%zz", "a b", "%ff", "a?b=c#d"]
  ) {
    const url = `postgres://u:${password}@h:5432/db`;
    assertEquals([isStoreAddress(url), adviceOnAddress(url) === undefined], [false, false], url);
    assertEquals(withoutPassword(url), "postgres://u@h:5432/db");
  }
  for (
    const url of ["postgres://h:0/db", "postgres://h:65536/db", "postgres://h:x/db", "postgres://h/db?x"]
  ) {
    assertEquals([isStoreAddress(url), adviceOnAddress(url) === undefined], [false, false], url);
  }
  for (
    const url of [
      "postgres:///db",
      "postgres://u:p%40%2F@[::1]:5432/db",
      "postgres://%2Frun%2Fpostgresql/db",
      "postgres://u@/db?host=/run/postgresql&port=5433&",
      "postgres://u:p:q@h/d%40b?options=-c%20a=b",
      "postgres:///?user=a@b",
    ]
  ) {
    assertEquals([isStoreAddress(url), adviceOnAddress(url)], [true, undefined], url);
  }
  assertEquals(adviceOnAddress("queue.sqlite"), undefined);
});

Deno.test("of what names no store nothing is shown that may be a password", () => {
  for (
    const [text, shown] of [
      ["postgre://u:secret@h/db", "postgre://u@h/db"],
      ["mysql://u:secret@h/db", "mysql://u@h/db"],
      ["postgres:/u:secret@h/db", "postgres:/u@h/db"],
      ["postgres://u:secret", "postgres://u:…"],
      ["postgres://u:12#secret/db", "postgres://u:…"],
      ["postgres://h:5432/db?schema=No", "postgres://h:5432/db?schema=No"],
      ["postgres://u:a@h/db?password=b#c&d", "postgres://u@h/db?password=…"],
      ["host=h password=secret dbname=d", "host=h password=…"],
      ["queue.sqlite", "queue.sqlite"],
      ["C:\\queue.sqlite", "C:\\queue.sqlite"],
    ] as const
  ) assertEquals(withoutPassword(text), shown);
  assertEquals(
    withoutPassword("postgres://u:p@h/db?sslpassword=x&password=y&a=1"),
    "postgres://u@h/db?sslpassword=…&password=…&a=1",
  );
});
