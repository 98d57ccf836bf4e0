import { assertEquals } from "@std/assert";
import { queryText } from "./query_text.ts";

Deno.test("a query holds what is given, and nothing of what is empty", () => {
  assertEquals(queryText({}), "");
  assertEquals(queryText({ state: null, queue: "", label: undefined }), "");
  assertEquals(
    queryText({ state: "dead", limit: 50, meta: ["a=1", "b=&"] }),
    "?state=dead&limit=50&meta=a%3D1&meta=b%3D%26",
  );
});
