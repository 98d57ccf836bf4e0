import { assertEquals } from "@std/assert";
import { isStoreAddress, schemaOf, withoutPassword, withoutSchema } from "./store_address.ts";

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
