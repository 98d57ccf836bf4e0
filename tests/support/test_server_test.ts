import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OwnServer } from "./own_server.ts";
import { runSql } from "./postgres.ts";
import { searchServer } from "./test_server.ts";

const nowhere = "postgres://nobody@127.0.0.1:1/none";
const mustNot = () => Promise.reject(new Error("a server was started"));

Deno.test("the server of the tests: the one that is named, else one that answers, else one of their own", async () => {
  await using own = await OwnServer.start();
  if (own === null) return;
  const { url } = own;
  const named = await searchServer({ named: url, places: [nowhere], startOwn: mustNot });
  assert("url" in named && named.url === url);
  const answering = await searchServer({ named: undefined, places: [nowhere, url], startOwn: mustNot });
  assert("url" in answering && answering.url === url);
  await answering.stop();
  await runSql(url, "SELECT 1");
  const started = await searchServer({ named: "", places: [nowhere], startOwn: () => OwnServer.start() });
  assert("url" in started && started.url !== url);
  await runSql(started.url, "SELECT 1");
  await started.stop();
  await assertRejects(() => runSql(started.url, "SELECT 1"));
});

Deno.test("the server of the tests: one that is named and does not answer is an error", async () => {
  const search = { named: nowhere, places: [], startOwn: mustNot };
  await assertRejects(() => searchServer(search), Error, "QUEUECTL_TEST_POSTGRES");
});

Deno.test("the server of the tests: where there is none, it is said why", async () => {
  const found = await searchServer({
    named: undefined,
    places: [nowhere],
    startOwn: () => Promise.resolve(null),
  });
  assert("missing" in found);
  assertStringIncludes(found.missing, "127.0.0.1:1");
  assertStringIncludes(found.missing, "programs");
  const none = await searchServer({ named: "none", places: [], startOwn: mustNot });
  assertEquals("missing" in none, true);
});

for (const [required, expected] of [["1", 1], ["", 0]] as const) {
  Deno.test(`a run of the tests without a server says so loudly; QUEUECTL_REQUIRE_POSTGRES=${required} makes it exit with ${expected}`, async () => {
    const root = new URL("../..", import.meta.url);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-config", "-A", "scripts/packages.ts", "run", "-A", "scripts/test.ts"],
        ...["tests/support/test_server_test.ts", "--filter", "one that is named and does not answer"],
      ],
      cwd: root,
      env: {
        QUEUECTL_TEST_POSTGRES: "none",
        QUEUECTL_REQUIRE_POSTGRES: required,
        QUEUECTL_REQUIRE_COMPILED: "",
      },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals(code, expected, said);
    assertStringIncludes(said, "!!! The tests did NOT run on PostgreSQL");
    assertEquals(said.includes("QUEUECTL_REQUIRE_POSTGRES=1 insists"), expected === 1);
  });
}
