import { assertEquals } from "@std/assert";
import { readProblem } from "./read_problem.ts";

Deno.test("a problem says what the server said; what is none names its status", async () => {
  const body = {
    type: "x",
    title: "y",
    status: 409,
    detail: "Cannot retry job: it runs",
    hint: "Cancel it first",
  };
  const headers = { "content-type": "application/problem+json" };
  const refused = await readProblem(new Response(JSON.stringify(body), { status: 409, headers }));
  assertEquals([refused.status, refused.message, refused.hint], [409, body.detail, body.hint]);
  const { hint: _, ...plain } = body;
  assertEquals((await readProblem(new Response(JSON.stringify(plain), { status: 409, headers }))).hint, null);
  const proxy = await readProblem(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  assertEquals([proxy.status, proxy.message], [502, "The answer was 502 Bad Gateway"]);
});
