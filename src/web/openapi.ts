/** The OpenAPI document (3.1), made of the routes and the schemas that check requests and answers. */

import { z } from "zod";
import { problemStatuses } from "./problem_response.ts";
import type { Route } from "./route.ts";
import { problem } from "./schemas/problem.ts";
import { webhookEvent, webhookHeaders } from "./schemas/webhook.ts";

/** Problems that any route may answer. */
const common = [400, 401, 403, 405, 421, 429, 500, 503];

export function openApiDocument(routes: readonly Route[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "queuectl",
      version,
      description: "The queue over HTTP: the same operations, JSON and errors as the command line.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }, { session: [] }],
    paths,
    webhooks: { jobEnded: { post: webhookOperation() } },
    components: {
      schemas: { Problem: schemaOf(problem, "output") },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "queuectl_session" },
      },
    },
  };
}

function operationOf(route: Route) {
  const { body, description } = route;
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(description === undefined ? {} : { description }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(body === null ? {} : {
      requestBody: {
        required: !(route.bodyIsOptional ?? false),
        content: { "application/json": { schema: schemaOf(body, "input") } },
      },
    }),
    responses: responsesOf(route),
  };
}

/** What is posted to the webhook of a job or queue. */
function webhookOperation() {
  const answer = (description: string) => ({ description });
  return {
    operationId: "jobEnded",
    tags: ["webhooks"],
    summary: "a job has ended: posted to its webhook, or its queue's",
    description:
      "Tried ten times within three days, until it is answered with 2xx. Redirects are not followed.",
    parameters: headerParameters({ headers: webhookHeaders }),
    requestBody: {
      required: true,
      content: { "application/json": { schema: schemaOf(webhookEvent, "output") } },
    },
    responses: {
      "2XX": answer("it is taken"),
      410: answer("no more of them: a queue that has this webhook has none then"),
      default: answer("it comes again"),
    },
  };
}

/** Such as getJobsById: unique, since methods and paths are. */
function operationId({ method, path }: Route): string {
  const words = path.replaceAll(/\{(\w+)\}/g, "by-$1").split(/\W+/).filter((word) => word !== "");
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function pathParameters({ path }: Route) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: name === "number" ? { type: "integer", minimum: 1 } : { type: "string" },
  }));
}

function queryParameters({ query }: Route) {
  return Object.entries(query?.shape ?? {}).map(([name, rule]) => {
    const { description, ...schema } = schemaOf(rule as z.ZodType, "input");
    return {
      name,
      in: "query",
      required: !(rule instanceof z.ZodOptional),
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

function headerParameters({ headers = {} }: Pick<Route, "headers">) {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
}

function responsesOf({ answers, problems, changes, body }: Route) {
  const responses: Record<string, unknown> = {};
  for (const { status, description, content } of answers) {
    responses[status] = {
      description,
      ...(Object.keys(content).length === 0 ? {} : {
        content: Object.fromEntries(
          Object.entries(content).map((
            [type, schema],
          ) => [
            type,
            schema === null ? { schema: { type: "string" } } : { schema: schemaOf(schema, "output") },
          ]),
        ),
      }),
    };
  }
  const ofBody = body === null ? [] : [413, 415, 422];
  const ofChange = changes ? [409] : [];
  for (const status of new Set([...common, ...ofBody, ...ofChange, ...problems])) {
    if (!problemStatuses.includes(status)) throw new RangeError(`no problem has the status ${status}`);
    responses[status] = {
      description: "a problem",
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return responses;
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    target: "draft-2020-12",
  });
  return rest;
}
