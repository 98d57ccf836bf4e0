/** How the program gets into a PostgreSQL server: TLS, certificates, the password file and the socket. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { grants, manyMachinesText } from "../../src/cli/many_machines_topic.ts";
import { OwnServer } from "../support/own_server.ts";
import { runSql } from "../support/postgres.ts";
import { quickest, TestQueue } from "../support/program.ts";

Deno.test("postgres: sslmode checks as much as it says", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  const folder = await Deno.makeTempDir({ prefix: "queuectl-tls-" });
  await using queue = await TestQueue.create(quickest);
  try {
    if (!await makeCertificates(folder)) return console.error("\n!!! not tested: openssl is not here\n");
    const status = async (host: string, query: string, env = {}) => {
      const url = `postgres://tester@${host}:${server.port}/postgres${query}`;
      return await queue.call(["status", "--store", url], { env });
    };
    const plain = await status("127.0.0.1", "?sslmode=require");
    assertEquals(plain.code, 4);
    assertStringIncludes(plain.stderr, "the server does not encrypt");
    assertEquals((await status("127.0.0.1", "")).code, 0);
    await encrypt(server, folder);
    const roots = `sslrootcert=${folder}/ca.crt`;
    const accepted: [string, string, Record<string, string>?][] = [
      ["127.0.0.1", ""],
      ["127.0.0.1", "?sslmode=require"],
      ["127.0.0.1", `?sslmode=verify-ca&${roots}`],
      ["localhost", `?sslmode=verify-full&${roots}`],
      ["localhost", "", { PGSSLMODE: "verify-full", PGSSLROOTCERT: `${folder}/ca.crt` }],
    ];
    for (const [host, query, env] of accepted) {
      const { code, stderr } = await status(host, query, env);
      assertEquals(code, 0, `${host}${query}: ${stderr}`);
    }
    const refused: [string, string, string][] = [
      ["127.0.0.1", `?sslmode=verify-full&${roots}`, "certificate is not to be trusted"],
      [
        "localhost",
        `?sslmode=verify-full&sslrootcert=${folder}/other.crt`,
        "certificate is not to be trusted",
      ],
      ["localhost", `?sslmode=verify-ca&sslrootcert=${folder}/other.crt`, "certificate is not to be trusted"],
      ["localhost", `?sslmode=require&sslrootcert=${folder}/other.crt`, "certificate is not to be trusted"],
      ["localhost", "?sslrootcert=system", "certificate is not to be trusted"],
      ["localhost", "?sslmode=verify-full", "which certificate authority to trust"],
    ];
    for (const [host, query, found] of refused) {
      const { code, stderr } = await status(host, query);
      assertEquals(code, 4, `${host}${query}`);
      assertStringIncludes(stderr, found);
    }
    // What is not encrypted is refused by the server from now on: so all of a worker's connections are.
    await reloadWith(server, "hostssl all all 127.0.0.1/32 trust\nhostnossl all all 0.0.0.0/0 reject\n");
    const env = {
      QUEUECTL_STORE: `postgres://tester@localhost:${server.port}/postgres?sslmode=verify-full&${roots}`,
    };
    await queue.call(["enqueue", "--id", "j", "--", "true"], { env });
    assertEquals((await queue.call(["worker", "start"], { env })).code, 0);
    await queue.waitFor("the job to be done", async () => {
      const { stdout } = await queue.call(["show", "j", "--json"], { env });
      return JSON.parse(stdout).state === "completed";
    });
    assertEquals((await queue.call(["worker", "stop", "--wait"], { env })).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("postgres: the password comes from the URL, PGPASSWORD or the password file", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest);
  await runSql(server.url, "ALTER USER tester PASSWORD 'pass:word'");
  await reloadWith(server, "host all all 127.0.0.1/32 scram-sha-256\n");
  const passFile = queue.path("pass");
  await Deno.writeTextFile(passFile, `127.0.0.1:${server.port}:postgres:tester:pass\\:word\n`, {
    mode: 0o600,
  });
  const status = async (user: string, env: Record<string, string>) => {
    const url = `postgres://${user}@127.0.0.1:${server.port}/postgres`;
    return await queue.call(["status"], { env: { HOME: queue.path(""), QUEUECTL_STORE: url, ...env } });
  };
  assertEquals((await status("tester:pass%3Aword", {})).code, 0);
  assertEquals((await status("tester", { PGPASSWORD: "pass:word" })).code, 0);
  assertEquals((await status("tester", { PGPASSFILE: passFile })).code, 0);
  const wrong = await status("tester:wrong", { PGPASSFILE: passFile });
  assertEquals(wrong.code, 4);
  assertStringIncludes(wrong.stderr, "the server refuses the user");
  assertStringIncludes(wrong.stderr, "mode 0600");
  assertEquals((await status("tester", { PGPASSFILE: queue.path("none") })).code, 4);
  await Deno.rename(passFile, queue.path(".pgpass"));
  assertEquals((await status("tester", {})).code, 0);
  await Deno.chmod(queue.path(".pgpass"), 0o644);
  assertEquals((await status("tester", {})).code, 4);
  // Nor does a job get what its worker logs in with.
  await Deno.chmod(queue.path(".pgpass"), 0o600);
  const env = {
    HOME: queue.path(""),
    PGPASSFILE: queue.path(".pgpass"),
    QUEUECTL_STORE: `postgres://tester@127.0.0.1:${server.port}/postgres`,
  };
  await queue.call(["enqueue", "--id", "j", "--", "env"], { env });
  assertEquals((await queue.call(["worker", "start"], { env })).code, 0);
  await queue.waitFor("the job to be done", async () => {
    const { stdout } = await queue.call(["logs", "j"], { env });
    return stdout.includes("QUEUECTL_JOB_ID=j");
  });
  const { stdout } = await queue.call(["logs", "j"], { env });
  assertEquals([stdout.includes("PGPASSFILE"), stdout.includes("QUEUECTL_STORE")], [false, false]);
  assertEquals((await queue.call(["worker", "stop", "--wait"], { env })).code, 0);
});

Deno.test("postgres: what the topic many-machines grants is enough, and no more than needed", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest);
  for (const role of ["owner", "worker", "viewer"]) await runSql(server.url, `CREATE ROLE ${role} LOGIN`);
  await runSql(server.url, "CREATE SCHEMA queuectl AUTHORIZATION owner");
  const urlOf = (role: string) => server.url.replace("tester", role);
  const as = async (role: string, ...words: string[]) => {
    const { code, stdout, stderr } = await queue.call(words, { env: { QUEUECTL_STORE: urlOf(role) } });
    return { code, text: stdout + stderr };
  };
  const early = await as("worker", "status");
  assertEquals(early.code, 4);
  assertStringIncludes(early.text, "the user lacks a privilege");
  assertStringIncludes(early.text, "queuectl help many-machines");
  assertEquals((await as("owner", "enqueue", "--id", "first", "--", "true")).code, 0);
  for (const grant of grants) {
    assertStringIncludes(manyMachinesText(), grant);
    await runSql(urlOf("owner"), grant);
  }
  const bad = ["enqueue", "--id", "bad", "--max-retries", "1", "--", "echo no luck; exit 3"];
  assertEquals((await as("worker", ...bad)).code, 0);
  const calls: [role: string, words: string][] = [
    ["worker", "enqueue --id later --delay 1h -- true"],
    ["worker", "worker start --concurrency 2"],
    ["worker", "wait first"],
    ["viewer", "status"],
    ["viewer", "worker list"],
  ];
  for (const [role, words] of calls) {
    const { code, text } = await as(role, ...words.split(" "));
    assertEquals(code, 0, `${role}: ${words}: ${text}`);
  }
  assertEquals((await as("worker", "wait", "bad")).code, 3);
  assertStringIncludes((await as("viewer", "show", "bad")).text, "no luck");
  assertStringIncludes((await as("viewer", "logs", "bad")).text, "no luck");
  assertStringIncludes((await as("viewer", "list")).text, "later");
  for (const words of ["cancel later", "enqueue -- true", "dlq retry bad", "worker stop"]) {
    const { code, text } = await as("viewer", ...words.split(" "));
    assertEquals(code, 4, `${words}: ${text}`);
    assertStringIncludes(text, "the user lacks a privilege");
  }
  for (
    const words of [
      "edit later --priority 5",
      "cancel later",
      "retry later",
      "cancel --yes --since 1h",
      "dlq retry bad",
      "worker stop --wait",
      "remove first",
    ]
  ) {
    const { code, text } = await as("worker", ...words.split(" "));
    assertEquals(code, 0, `${words}: ${text}`);
  }
});

Deno.test("postgres: what the server refuses of the URL is said", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest);
  for (const setting of ["no_such_setting=1", "statement_timeout=soon"]) {
    const { code, stderr } = await queue.call(["status", "--store", `${server.url}?${setting}`]);
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "the server refuses what the URL sets for the session");
  }
});

Deno.test("postgres: the server's socket will do", async () => {
  await using server = await OwnServer.start();
  if (server === null) return;
  await using queue = await TestQueue.create(quickest);
  const folder = (await dataFolder(server)).replace(/\/data$/, "");
  for (
    const url of [
      server.socketUrl,
      `postgres://tester@/postgres?host=${folder}&port=${server.port}`,
    ]
  ) {
    const { code, stderr } = await queue.call(["status", "--store", url]);
    assertEquals(code, 0, `${url}: ${stderr}`);
  }
  const env = {
    PGHOST: folder,
    PGPORT: String(server.port),
    PGUSER: "tester",
    QUEUECTL_STORE: "postgres:///postgres",
  };
  const { code, stderr } = await queue.call(["status"], { env });
  assertEquals(code, 0, stderr);
});

/** A certificate authority, a certificate of it for localhost, and another authority. False without openssl. */
async function makeCertificates(folder: string): Promise<boolean> {
  const script = `cd "$1" || exit 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=test-ca -days 2 || exit 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -subj /CN=other -days 2 || exit 1
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost || exit 1
    echo subjectAltName=DNS:localhost >names
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names`;
  const { success } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", folder],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function encrypt(server: OwnServer, folder: string): Promise<void> {
  const data = await dataFolder(server);
  for (const name of ["server.crt", "server.key"]) {
    await putAside(`${data}/${name}`, `${folder}/${name}`, data);
  }
  await runSql(server.url, "ALTER SYSTEM SET ssl = on");
  await runSql(server.url, "SELECT pg_reload_conf()");
  await waitUntil(server, "SHOW ssl", (row) => row.ssl === "on");
}

/** Writes a file of the server's as its owner has it. */
async function putAside(path: string, from: string, data: string): Promise<void> {
  await Deno.copyFile(from, path);
  await Deno.chmod(path, 0o600);
  const { uid, gid } = await Deno.stat(data);
  await Deno.chown(path, uid, gid);
}

/** Puts rules of who may log in, and how, in the place of the server's; returns when they are in force. */
async function reloadWith(server: OwnServer, rules: string): Promise<void> {
  const data = await dataFolder(server);
  await Deno.writeTextFile(`${data}/pg_hba.conf`, rules);
  await runSql(server.url, "SELECT pg_reload_conf()");
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    // Whoever comes without a password and in plain text is refused then.
    const isRefused = await runSql(`${server.url}?sslmode=disable`, "SELECT 1").then(() => false, () => true);
    if (isRefused) return;
  }
  throw new Error("the server goes on by its old rules");
}

async function dataFolder(server: OwnServer): Promise<string> {
  let folder = "";
  await waitUntil(server, "SHOW data_directory", (row) => (folder = String(row.data_directory)) !== "");
  return folder;
}

async function waitUntil(
  server: OwnServer,
  query: string,
  condition: (row: Record<string, unknown>) => boolean,
): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000;;) {
    const sql = postgres(server.url, { max: 1, onnotice: () => {} });
    const [row] = await sql.unsafe(query);
    await sql.end();
    if (condition(row!)) return;
    if (Date.now() > giveUpAt) throw new Error(`${query}: not what was waited for`);
  }
}
