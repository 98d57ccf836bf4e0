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

/** A server of the test's own, in a temporary folder, as an ordinary user. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** `fast` cuts connections and writes everything down, `immediate` crashes. Returns when it answers again. */
  restart(mode: "fast" | "immediate"): Promise<void>;
}

/** Starts one; null, which is said loudly, where PostgreSQL's programs are not on the machine. */
export async function startOwnServer(): Promise<OwnServer | null> {
  const programs = await findPrograms();
  if (programs === null) {
    console.error("\n!!! not tested: PostgreSQL's programs (initdb, pg_ctl) are not on this machine\n");
    return null;
  }
  const uid = Deno.uid() === 0 ? await idOfNobody() : undefined;
  // An ordinary user may not enter whatever folder root keeps its temporary files in.
  const within = uid === undefined ? {} : { dir: "/tmp" };
  const folder = await Deno.makeTempDir({ prefix: "queuectl-postgres-", ...within });
  if (uid !== undefined) await Deno.chown(folder, uid, uid);
  const port = freePort();
  const asOwner = async (program: string, ...args: readonly string[]) => {
    const { success, stderr } = await new Deno.Command(`${programs}/${program}`, {
      args: [...args],
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...(uid === undefined ? {} : { uid, gid: uid }),
    }).output();
    if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  };
  const data = `${folder}/data`;
  await asOwner("initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync");
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const start = () => asOwner("pg_ctl", "-D", data, "-l", `${folder}/log`, "-w", "-o", options, "start");
  const stop = (mode: string) => asOwner("pg_ctl", "-D", data, "-w", "-m", mode, "stop");
  await start();
  return {
    url: `postgres://tester@127.0.0.1:${port}/postgres`,
    port,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop("immediate");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function findPrograms(): Promise<string | null> {
  const script =
    `dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)"`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  const folder = new TextDecoder().decode(stdout).trim();
  return folder.startsWith("/") ? folder : null;
}

async function idOfNobody(): Promise<number> {
  const { stdout } = await new Deno.Command("id", { args: ["-u", "nobody"] }).output();
  return Number(new TextDecoder().decode(stdout));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
