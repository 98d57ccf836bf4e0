import { assertEquals } from "@std/assert";
import { formatHost, parseHost, relateHosts } from "./host.ts";

const ours = { name: "box", machine: "m1", boot: "b1", pidNamespace: "pid:[1]" };

Deno.test("a host reads back from its text, whatever its name holds", () => {
  assertEquals(parseHost(formatHost(ours)), ours);
  assertEquals(parseHost(formatHost({ ...ours, name: "a|b" })), { ...ours, name: "a_b" });
});

Deno.test("pids mean the same only on the same host", () => {
  assertEquals(relateHosts(ours, { ...ours }), "same");
  assertEquals(relateHosts(ours, { ...ours, boot: "b2" }), "rebooted");
  assertEquals(relateHosts(ours, { ...ours, pidNamespace: "pid:[2]" }), "other");
  assertEquals(relateHosts(ours, { ...ours, machine: "m2", boot: "b2" }), "other");
});

Deno.test("two machines that share a name and have no lasting id are never taken for one", () => {
  const nameless = { ...ours, machine: "" };
  assertEquals(relateHosts(nameless, { ...nameless, boot: "b2" }), "other");
  assertEquals(
    relateHosts({ ...ours, boot: "" }, ours),
    "other",
    "a boot that cannot be read proves nothing",
  );
});
