/** A pgbouncer of the test's own, in transaction mode: each transaction may be another session's. */

import { loginTo } from "./postgres.ts";
import { freePort, ordinaryUser } from "./own_process.ts";

export interface Pooler extends AsyncDisposable {
  readonly url: string;
}

/** Starts one before a server; null, which is said loudly, where pgbouncer is not on the machine. */
export async function startPooler(serverUrl: string): Promise<Pooler | null> {
  const program = await found("command -v pgbouncer || ls /usr/sbin/pgbouncer 2>/dev/null");
  if (program === "") {
    console.error("\n!!! not tested: pgbouncer is not on this machine\n");
    return null;
  }
  const { host, port, user, database } = loginTo(serverUrl);
  const folder = await Deno.makeTempDir({ prefix: "queuectl-pgbouncer-" });
  const uid = await ordinaryUser();
  if (uid !== undefined) await Deno.chown(folder, uid, uid);
  const ownPort = freePort();
  await Deno.writeTextFile(
    `${folder}/pgbouncer.ini`,
    `[databases]
${database} = host=${host} port=${port} dbname=${database} user=${user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
auth_type = any
pool_mode = transaction
default_pool_size = 4
unix_socket_dir =
`,
  );
  const process = new Deno.Command(program, {
    args: ["-q", `${folder}/pgbouncer.ini`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }).spawn();
  await waitUntilItAnswers(ownPort);
  return {
    url: `postgres://${user}@127.0.0.1:${ownPort}/${database}`,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function found(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function waitUntilItAnswers(port: number): Promise<void> {
  for (const giveUpAt = performance.now() + 10_000;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
