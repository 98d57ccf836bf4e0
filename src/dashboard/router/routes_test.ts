import { assertEquals } from "@std/assert";
import { jobUrl, matchPath } from "./routes.ts";

Deno.test("a path is a page with what stands in it, or none", () => {
  assertEquals(matchPath("/"), { page: "overview", params: {} });
  assertEquals(matchPath("/dead-letters"), { page: "deadLetters", params: {} });
  assertEquals(matchPath("/jobs/a%20b"), { page: "job", params: { id: "a b" } });
  for (const path of ["", "/jobs/", "/jobs/a/b", "/job", "/jobs/%E0%A4%A", "//", "/Jobs"]) {
    assertEquals(matchPath(path), null, path);
  }
});

Deno.test("the URL of a job leads back to its id, whatever is in it", () => {
  for (const id of ["a", "a/b", "ä ?#%"]) assertEquals(matchPath(jobUrl(id))?.params, { id });
});
