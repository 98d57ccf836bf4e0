/**
 * The PostgreSQL server of the tests, which `scripts/test.ts` finds or starts and names in QUEUECTL_TEST_POSTGRES.
 */

import { Client } from "../../src/store/postgres/client.ts";
import { type Login, loginOf } from "../../src/store/postgres/login.ts";

export interface TestServer {
  /** A database in which schemas may be made. */
  readonly url: string;
}

/** Null, which was said loudly, where there is none. */
export function findTestServer(): TestServer | null {
  const url = Deno.env.get("QUEUECTL_TEST_POSTGRES");
  if (url === undefined) console.error("\n!!! not on PostgreSQL: QUEUECTL_TEST_POSTGRES names no server\n");
  return url && url !== "none" ? { url } : null;
}

/** Statements by a connection of their own; returns the rows. */
export async function runSql(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(url, { answerMs: 60_000 });
  try {
    return await client.query(text);
  } finally {
    await client.close();
  }
}

/** Where a server listens: a port of a host, or a socket file of this machine. */
export type Place = { readonly port: number; readonly host: string } | { readonly path: string };

export function placeOf({ host, port }: Pick<Login, "host" | "port">): Place {
  return host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

/** How the tests log in to a server. */
export function loginTo(url: string): Login {
  return loginOf(url, (name) => Deno.env.get(name), (error) => {
    throw error;
  });
}

/** A name for a schema that no other test has. */
export function newSchemaName(): string {
  return `queuectl_test_${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;
}

/** The URL of a queue in a schema of its own. */
export function inSchema(url: string, schema: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}schema=${schema}`;
}
