/** Which PostgreSQL server the tests use. */

import { messageOf } from "../../src/core/errors.ts";
import type { OwnServer } from "./own_server.ts";
import { runSql } from "./postgres.ts";

export interface ServerSearch {
  /** What QUEUECTL_TEST_POSTGRES says: a URL, or `none` to do without. */
  readonly named: string | undefined;
  /** Where a server may answer anyhow. */
  readonly places: readonly string[];
  /** A server of the tests' own, or null where PostgreSQL's programs are not on the machine. */
  readonly startOwn: () => Promise<OwnServer | null>;
}

export type FoundServer =
  | { readonly url: string; readonly how: string; readonly stop: () => Promise<void> }
  | { readonly missing: string };

/** Throws where the server that was named does not answer. */
export async function searchServer({ named, places, startOwn }: ServerSearch): Promise<FoundServer> {
  if (named === "none") return { missing: "QUEUECTL_TEST_POSTGRES=none" };
  if (named) {
    const problem = await problemOf(named);
    if (problem !== null) throw new Error(`Cannot test on the server of QUEUECTL_TEST_POSTGRES: ${problem}`);
    return { url: named, how: "the one of QUEUECTL_TEST_POSTGRES", stop: () => Promise.resolve() };
  }
  const problems: string[] = [];
  for (const url of places) {
    const problem = await problemOf(url);
    if (problem === null) {
      return {
        url,
        how: `the one that answers at ${url}`,
        stop: () => Promise.resolve(),
      };
    }
    problems.push(`${url}: ${problem}`);
  }
  const own = await startOwn();
  if (own !== null) return { url: own.url, how: "one of their own", stop: () => own[Symbol.asyncDispose]() };
  return {
    missing: [...problems, "PostgreSQL's programs (initdb, pg_ctl) are not on this machine"].join("; "),
  };
}

/** The server on this machine that a user `root` or like us may use: by its port, and by the folders of its socket. */
export function usualPlaces(user: string | undefined): string[] {
  const folders = ["/var/run/postgresql", "/tmp"].map(encodeURIComponent);
  return ["127.0.0.1:5432", ...folders].map((host) => `postgres://${user || "root"}@${host}/test`);
}

async function problemOf(url: string): Promise<string | null> {
  try {
    await runSql(url, "SELECT 1");
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
