/** Who is let in: each attack on it is tried against the running program, from source and compiled. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkProblem } from "../support/api_answers.ts";
import { programs, TestQueue } from "../support/program.ts";
import { type Answer, WebServer } from "../support/web_server.ts";

const serve = ["serve", "--listen", "127.0.0.1:0"];

async function withToken(queue: TestQueue): Promise<{ readonly args: string[]; readonly token: string }> {
  const file = queue.path("token");
  await queue.ok("serve", "--make-token", file);
  return { args: [...serve, "--token-file", file], token: (await Deno.readTextFile(file)).trim() };
}

for (const program of programs) {
  Deno.test(`with a token nobody else gets in, by header, cookie or code (${program.name})`, async () => {
    await using queue = await TestQueue.create(program);
    const { args, token } = await withToken(queue);
    assert(token.length >= 43, token);
    await using server = await WebServer.start(queue, args);
    const path = "/api/v1/status";
    const as = (authorization: string) => server.ask(path, { headers: { authorization } });

    const nobody = await server.ask(path);
    assertEquals([nobody.status, nobody.headers.get("www-authenticate")], [401, 'Bearer realm="queuectl"']);
    checkProblem(nobody);
    for (
      const shown of [
        "Bearer wrong",
        `Bearer ${token}x`,
        `Bearer ${token.slice(1)}`,
        `Basic ${token}`,
        "Bearer",
        token,
      ]
    ) {
      assertEquals((await as(shown)).status, 401, shown);
    }
    assertEquals((await as(`Bearer ${token}`)).status, 200);
    for (
      const closed of [
        "/api/openapi.json",
        "/",
        "/assets/x.js",
        "/api/v1/events",
        "/api/v1/jobs/a/runs/1/stdout",
        "/nothing",
      ]
    ) {
      assertEquals((await server.ask(closed)).status, 401, closed);
    }
    assertEquals((await server.ask(`${path}?token=${token}`)).status, 401);
    assertEquals((await server.ask(path, { headers: { cookie: `queuectl_1=${token}` } })).status, 401);
    const port = server.host.split(":")[1];
    assertEquals((await server.ask(path, { headers: { cookie: `queuectl_${port}=${token}` } })).status, 401);

    const page = await server.ask("/", { headers: { accept: "text/html" } });
    assertEquals([page.status, page.headers.get("location")], [303, "/login"]);
    const login = await server.ask("/login");
    assertEquals(login.status, 200);
    assert(!/<(script|style)|\son\w+=|style=/.test(login.text), login.text);
    const cookie = await logIn(server, token);
    assertEquals((await server.ask(path, { headers: { cookie } })).status, 200);
    const out = await server.ask("/logout", { method: "POST", headers: { cookie } });
    assertEquals(out.status, 303);
    assertStringIncludes(out.headers.get("set-cookie")!, "Max-Age=0");
    assertEquals((await server.ask(path, { headers: { cookie } })).status, 401);
  });
}

async function logIn(server: WebServer, token: string): Promise<string> {
  const answer = await server.ask("/login", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  assertEquals(answer.status, 401);
  const { status, headers } = await sendToken(server, token);
  assertEquals([status, headers.get("location")], [303, "/"]);
  const set = headers.get("set-cookie")!;
  assert(/^queuectl_\d+=[0-9a-z]{52}; Path=\/; HttpOnly; SameSite=Strict$/.test(set), set);
  return set.split(";")[0]!;
}

/** Sends the form of the login page. */
async function sendToken(server: WebServer, token: string): Promise<Answer> {
  const response = await fetch(server.url("/login"), {
    method: "POST",
    body: new URLSearchParams({ token }),
    redirect: "manual",
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

Deno.test("many wrong tokens are answered 429, and keep nobody out who has the right one", async () => {
  await using queue = await TestQueue.create();
  const { args, token } = await withToken(queue);
  await using server = await WebServer.start(queue, args);
  const cookie = await logIn(server, token);
  const show = (shown: string) =>
    server.ask("/api/v1/status", { headers: { authorization: `Bearer ${shown}` } });
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push((await show(`wrong${i}`)).status);
  assertEquals([statuses[0], statuses.at(-1)], [401, 429], statuses.join());
  const wrong = await show(`${token}x`);
  assertEquals([wrong.status, wrong.headers.get("retry-after")], [429, "60"]);
  checkProblem(wrong);
  const page = await sendToken(server, "wrong");
  assertEquals([page.status, page.headers.get("retry-after")], [429, "60"]);
  assertEquals(page.headers.get("content-type"), "text/html; charset=utf-8");
  assertStringIncludes(page.text, "Too many tries; wait a minute");
  assertStringIncludes(page.text, "<form");
  assertEquals((await show(token)).status, 200);
  assertEquals((await sendToken(server, token)).status, 303);
  // That the right one came does not make wrong ones welcome again.
  assertEquals((await show("wrong")).status, 429);
  assertEquals((await server.ask("/api/v1/status", { headers: { cookie } })).status, 200);
});

Deno.test("ui prints a URL that logs in once, and leads who is in to the dashboard", async () => {
  await using queue = await TestQueue.create();
  await using server = await WebServer.start(queue, ["ui", "--no-open"]);
  assert(/^http:\/\/127\.0\.0\.1:\d+\/login\?code=[0-9a-z]{52}$/.test(server.printed), server.printed);
  assertEquals((await server.ask("/api/v1/status")).status, 401);
  const path = new URL(server.printed).pathname + new URL(server.printed).search;
  // Who only looks at what is there uses nothing up.
  const head = await server.ask(path, { method: "HEAD" });
  assertEquals([head.status, head.headers.get("set-cookie")], [200, null]);
  const first = await server.ask(path);
  const cookie = first.headers.get("set-cookie")!.split(";")[0]!;
  assertEquals([first.status, first.headers.get("location")], [303, "/"]);
  const isIn = async () => (await server.ask("/api/v1/status", { headers: { cookie } })).status === 200;
  assert(await isIn());
  const stranger = await server.ask(path);
  assertEquals([stranger.status, stranger.headers.get("set-cookie")], [401, null]);
  assertStringIncludes(stranger.text, "This link was used already.");
  // It has no token that anybody could know, so no page asks for one.
  for (const page of [stranger, await server.ask("/login"), await sendToken(server, "x".repeat(52))]) {
    assertStringIncludes(page.text, "queuectl ui");
    assert(!/<form|token/i.test(page.text), page.text);
  }
  assertEquals((await server.ask(path, { headers: { cookie: `${cookie}x` } })).status, 401);
  assert(await isIn());
  for (const again of [path, "/login", "/login?code=wrong"]) {
    const { status, headers } = await server.ask(again, { headers: { cookie } });
    assertEquals([status, headers.get("location"), headers.get("set-cookie")], [303, "/", null], again);
  }
  assert(await isIn());
  assertEquals((await server.ask("/login?code=wrong")).status, 401);
  assertEquals((await server.stop()).code, 0);
});

Deno.test("no server starts for other machines without a token that is long and private", async () => {
  await using queue = await TestQueue.create();
  const refused = async (args: readonly string[]): Promise<string> => {
    const { code, stderr, stdout } = await queue.call(["serve", ...args]);
    assertEquals([code, stdout], [2, ""], stderr);
    return stderr;
  };
  for (const address of ["0.0.0.0:0", "[::]:0", "10.1.2.3:0"]) {
    assertStringIncludes(await refused(["--listen", address]), "without a token");
  }
  for (const address of ["example.org:80", "127.0.0.1", "127.0.0.1:99999", ":7420", "127.0.0.1:0/x"]) {
    assertStringIncludes(await refused(["--listen", address]), "--listen must be");
  }
  assertStringIncludes(await refused(["--host", "a b"]), "--host must be");
  const file = queue.path("token");
  assertStringIncludes(await refused(["--token-file", file]), "it is not there");
  await Deno.writeTextFile(file, "x".repeat(64), { mode: 0o644 });
  assertStringIncludes(await refused(["--token-file", file]), `chmod 600 ${file}`);
  await Deno.chmod(file, 0o640);
  await refused(["--token-file", file]);
  await Deno.chmod(file, 0o600);
  await Deno.writeTextFile(file, "short");
  assertStringIncludes(await refused(["--token-file", file]), "shorter than 32");
  await Deno.writeTextFile(file, "with a blank in it, and long enough to be one");
  await refused(["--token-file", file]);
  await Deno.writeTextFile(file, "x".repeat(5000));
  assertStringIncludes(await refused(["--token-file", file]), "longer than");
  assertStringIncludes(await refused(["--token-file", queue.path(".")]), "it is");
  if (Deno.uid() === 0) {
    await Deno.writeTextFile(file, "x".repeat(64));
    await Deno.chown(file, 12345, 12345);
    assertStringIncludes(await refused(["--token-file", file]), "belongs to another user");
  }
  const again = await queue.call(["serve", "--make-token", file]);
  assertEquals(again.code, 1);
  assertStringIncludes(again.stderr, "it is there already");
  await queue.ok("serve", "--make-token", queue.path("other"));
  assertEquals(Deno.statSync(queue.path("other")).mode! & 0o777, 0o600);
});

Deno.test("a port that is taken, and signals", async () => {
  await using queue = await TestQueue.create();
  await using server = await WebServer.start(queue);
  const { code, stderr } = await queue.call(["serve", "--listen", server.host]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Cannot listen on ${server.host}`);
  const { code: ended, stderr: said } = await server.stop("SIGTERM");
  assertEquals(ended, 0, said);
  assertStringIncludes(said, "every user of this machine can use it");
});

Deno.test("ui calls the browser with its URL, and says where none can be called", async () => {
  if (Deno.build.os !== "linux") {
    return console.error("!!! not tested: browsers are called by xdg-open on Linux only");
  }
  await using queue = await TestQueue.create();
  const bin = queue.path("bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/xdg-open`, `#!/bin/sh\nprintf %s "$1" >${queue.path("opened")}\n`, {
    mode: 0o755,
  });
  {
    await using server = await WebServer.start(queue, ["ui"], { PATH: `${bin}:${Deno.env.get("PATH")}` });
    await queue.waitFor(
      "the browser",
      async () => await Deno.readTextFile(queue.path("opened")).catch(() => "") === server.printed,
    );
  }
  await using server = await WebServer.start(queue, ["ui"], { PATH: queue.path("none") });
  await queue.waitFor("the server", async () => (await server.ask("/login")).status === 200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assertStringIncludes((await server.stop()).stderr, "No browser could be opened");
});
