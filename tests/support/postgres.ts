/**
 * The PostgreSQL server of the tests, which `scripts/test.ts` finds or starts and names in QUEUECTL_TEST_POSTGRES.
 */

import postgres from "postgres";

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
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
  try {
    return await sql.unsafe(text);
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
