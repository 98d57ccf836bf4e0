/**
 * The PostgreSQL server of the tests: QUEUECTL_TEST_POSTGRES, else one that answers on 127.0.0.1:5432. Says loudly
 * where there is none.
 */

import postgres from "postgres";
import { messageOf } from "../../src/core/errors.ts";

export interface TestServer {
  /** A database in which schemas may be made. */
  readonly url: string;
}

export async function findTestServer(): Promise<TestServer | null> {
  const named = Deno.env.get("QUEUECTL_TEST_POSTGRES");
  const url = named ?? `postgres://${Deno.env.get("USER") || "root"}@127.0.0.1:5432/test`;
  try {
    await runSql(url, "SELECT 1");
    return { url };
  } catch (error) {
    if (named !== undefined) throw error;
    console.error(
      `\n!!! The tests did NOT run on PostgreSQL: no server answers at ${url}: ${messageOf(error)}\n`,
    );
    return null;
  }
}

/** Statements by a connection of their own. */
export async function runSql(url: string, text: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
  try {
    await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

/** A name for a schema that no other test has. */
export function newSchemaName(): string {
  return `queuectl_test_${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;
}

/** The URL of a queue in a schema of its own. */
export function inSchema(url: string, schema: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}schema=${schema}`;
}
