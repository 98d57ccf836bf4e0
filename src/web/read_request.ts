/** Reads and checks what a request holds: its query and its body. */

import { z } from "zod";
import { parseJson } from "../core/json_text.ts";
import { didYouMean } from "../core/suggest.ts";
import { RequestRefused } from "./problem_response.ts";

export function readQuery(schema: z.ZodObject | null, params: URLSearchParams): unknown {
  const shape = schema?.shape ?? {};
  const given: Record<string, string | string[]> = {};
  for (const name of new Set(params.keys())) {
    const rule = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (rule === undefined) {
      throw new RequestRefused(
        400,
        `Cannot use the parameter "${name.slice(0, 80)}": there is no such one here`,
        {
          hint: didYouMean(name, Object.keys(shape)) ?? parametersText(Object.keys(shape)),
        },
      );
    }
    const values = params.getAll(name);
    if (isList(rule)) given[name] = values;
    else if (values.length === 1) given[name] = values[0]!;
    else throw new RequestRefused(400, `Cannot use the parameter "${name}": it is given twice`);
  }
  const result = (schema ?? z.strictObject({})).safeParse(given);
  if (result.success) return result.data;
  throw new RequestRefused(400, `Cannot use the query: ${faultsOf(result.error)}`);
}

function parametersText(names: readonly string[]): string {
  return names.length === 0 ? "It takes none" : `Parameters are: ${names.join(", ")}`;
}

function isList(rule: unknown): boolean {
  return rule instanceof z.ZodOptional ? isList(rule.unwrap()) : rule instanceof z.ZodArray;
}

function faultsOf({ issues }: z.ZodError): string {
  return issues.slice(0, 5).map(({ path, message }) =>
    path.length === 0 ? message : `"${path.join(".")}": ${message}`
  ).join("; ");
}

export interface BodyRequest {
  readonly schema: z.ZodType;
  /** Whether nothing may be in it, which then is undefined. */
  readonly isOptional: boolean;
  readonly maxBytes: number;
}

export interface ReadBody {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

export async function readBody(
  request: Request,
  { schema, isOptional, maxBytes }: BodyRequest,
): Promise<ReadBody> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0 && isOptional) return { value: undefined, bytes };
  // What only scripts can send: a form of another page cannot, and a script of one would have to ask first.
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new RequestRefused(415, "Cannot read this body: its Content-Type is not application/json");
  }
  const result = schema.safeParse(parse(bytes));
  if (result.success) return { value: result.data, bytes };
  throw new RequestRefused(422, `Cannot use the body: ${faultsOf(result.error)}`);
}

function parse(bytes: Uint8Array): unknown {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RequestRefused(400, "Cannot read the body: it is not UTF-8");
  }
  const result = parseJson(text);
  if ("value" in result) return result.value;
  throw new RequestRefused(400, `Cannot read the body: it is not JSON: ${result.fault.found}`);
}

/** All of a body, or a refusal as soon as it is too long. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const refusal = () =>
    new RequestRefused(413, `Cannot read the body: it is longer than ${maxBytes} bytes`, {
      hint: "Send less at a time, or allow more: the setting request_limit",
      headers: { connection: "close" },
    });
  const announced = request.headers.get("content-length");
  if (announced !== null && Number(announced) > maxBytes) throw refusal();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw refusal();
    chunks.push(chunk);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
