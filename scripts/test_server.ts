/** The PostgreSQL server for a run of the tests: found or started, and said. */
import { OwnServer } from "../tests/support/own_server.ts";
import { searchServer, usualPlaces } from "../tests/support/test_server.ts";

export interface PreparedServer {
  /** What QUEUECTL_TEST_POSTGRES is to be: a URL, or `none`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Throws where there is none and QUEUECTL_REQUIRE_POSTGRES=1 insists on one, or where the one that was named is not there. */
export async function prepareTestServer(): Promise<PreparedServer> {
  const found = await searchServer({
    named: Deno.env.get("QUEUECTL_TEST_POSTGRES"),
    places: usualPlaces(Deno.env.get("USER")),
    startOwn: () => OwnServer.start(),
  });
  if ("url" in found) {
    console.error(`PostgreSQL: ${found.how}`);
    return found;
  }
  console.error(`\n!!! The tests did NOT run on PostgreSQL: ${found.missing}\n`);
  if (Deno.env.get("QUEUECTL_REQUIRE_POSTGRES") === "1") {
    throw new Error("No test ran on PostgreSQL, and QUEUECTL_REQUIRE_POSTGRES=1 insists on it.");
  }
  return { url: "none", stop: () => Promise.resolve() };
}
