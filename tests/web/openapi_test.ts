/** The OpenAPI document is sound, and nothing that is made from it, or nearly, ever breaks the server. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openApiDocument } from "../../src/web/openapi.ts";
import { routes } from "../../src/web/routes.ts";
import { checkAnswer } from "../support/api_answers.ts";
import { TestQueue } from "../support/program.ts";
import { WebServer } from "../support/web_server.ts";

type Schema = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

Deno.test("the document describes every route once", () => {
  const document = openApiDocument(routes, "0");
  assertEquals<unknown>(document.openapi, "3.1.0");
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as Operation[];
  assertEquals<unknown>(operations.length, routes.length);
  assertEquals<unknown>(new Set(operations.map(({ operationId }) => operationId)).size, routes.length);
  for (const [path, methods] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters, responses } of Object.values(methods) as Operation[]) {
      assertEquals<unknown>(parameters.filter((each) => each.in === "path").map(({ name }) => name), inPath);
      assert(Object.keys(responses).some((status) => status.startsWith("2")), path);
    }
  }
  const told = document.webhooks.jobEnded.post;
  assertEquals<unknown>(told.parameters.map(({ name }) => name), [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
  ]);
  // Nothing in it that JSON does not know.
  assertEquals<unknown>(JSON.parse(JSON.stringify(document)), document);
});

/** Values as a schema describes them, for the most part. */
function valueOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const some = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(some)) return fc.oneof(...some.map((each: Schema) => valueOf(each, depth)));
  const type = Array.isArray(schema.type) ? schema.type : [schema.type];
  return fc.oneof(...type.map((each) => ofType(each, schema, depth)));
}

function ofType(type: unknown, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case "integer":
      return fc.integer({ min: -5, max: 20 });
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(depth > 3 ? fc.constant(null) : valueOf((schema.items ?? {}) as Schema, depth + 1), {
        maxLength: 4,
      });
    case "object":
      return objectOf(schema, depth);
    case "string":
      return likelyText;
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf({ properties, additionalProperties }: Schema, depth: number): fc.Arbitrary<unknown> {
  if (properties === undefined) {
    const values = typeof additionalProperties === "object"
      ? valueOf(additionalProperties as Schema, depth + 1)
      : likelyText;
    return fc.dictionary(likelyText, values, { maxKeys: 3 });
  }
  const fields = Object.fromEntries(
    Object.entries(properties as Record<string, Schema>).map((
      [name, each],
    ) => [name, valueOf(each, depth + 1)]),
  );
  return fc.record(fields, { requiredKeys: [] });
}

const likelyText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "true",
      "a",
      "b",
      "default",
      "1h",
      "0s",
      "pending",
      "10/m",
      "@5",
      "2030-01-01T00:00:00Z",
      "-created",
      "USR1",
      "none",
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 10 }) },
);
const strange = fc.jsonValue({ maxDepth: 4 });

Deno.test("requests made from the document, and nearly so, are never answered with 500 or a stack", async () => {
  await using queue = await TestQueue.create();
  await queue.ok("enqueue", "--id", "a", "--delay", "1h", "--", "true");
  await using server = await WebServer.start(queue);
  const { paths } = await server.json("/api/openapi.json");
  const runs = Number(Deno.env.get("QUEUECTL_TEST_FUZZ_RUNS") ?? "60");
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    const operation = paths[path]![route.method] as Operation;
    const given = fc.record({
      params: fc.record(
        Object.fromEntries(
          operation.parameters.map(({ name, schema, in: place }) => [
            name,
            place === "path" ? fc.oneof(fc.constantFrom("a", "default", "1"), likelyText) : valueOf(schema),
          ]),
        ),
        { requiredKeys: operation.parameters.filter((each) => each.in === "path").map(({ name }) => name) },
      ),
      body: operation.requestBody === undefined ? fc.constant(undefined) : fc.oneof(
        { weight: 5, arbitrary: valueOf(operation.requestBody.content["application/json"].schema) },
        { weight: 1, arbitrary: strange },
      ),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ params, body }) => {
        const answer = await send(server, { route, operation, params, body });
        assert(answer.status !== 500, `${route.method} ${route.path}: ${answer.text}`);
        if (!answer.isStream) checkAnswer(route.method, route.path, answer);
      }),
      { numRuns: runs },
    );
  }
  assertEquals<unknown>((await server.json("/api/v1/status")).workers, 0);
  const { stderr } = await server.stop();
  assert(!/\n\s+at /.test(stderr), stderr);
});

interface Given {
  readonly route: (typeof routes)[number];
  readonly operation: Operation;
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

async function send(server: WebServer, { route, operation, params, body }: Given) {
  let path = `/api/v1${route.path}`;
  const query = new URLSearchParams();
  const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  for (const { name, in: place } of operation.parameters) {
    const value = params[name];
    if (value === undefined) continue;
    // A path segment of dots alone is taken away by whoever sends it.
    const text = String(value);
    if (place === "path") {
      path = path.replace(`{${name}}`, encodeURIComponent(text.toWellFormed()).replaceAll(".", "%2E") || "x");
    } else if (place === "query") {
      for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
    } else if (/^[\x20-\x7e]*$/.test(text)) headers[name] = text;
  }
  const response = await fetch(server.url(`${path}?${query}`), {
    method: route.method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isStream = response.headers.get("content-type") === "text/event-stream";
  if (isStream) await response.body!.cancel();
  return {
    status: response.status,
    headers: response.headers,
    text: isStream ? "" : await response.text(),
    isStream,
  };
}
