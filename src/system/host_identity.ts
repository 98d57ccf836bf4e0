/** Reads what this host is: see core/host.ts. */

import type { HostIdentity } from "../core/host.ts";
import { shellLines } from "./processes.ts";

const linuxScript = `
IFS= read -r boot </proc/sys/kernel/random/boot_id
printf '%s\\n' "boot $boot"
printf '%s\\n' "namespace $(readlink /proc/self/ns/pid)"`;

const darwinScript = `
printf '%s\\n' "boot $(sysctl -n kern.bootsessionuuid)"
printf '%s\\n' "machine $(sysctl -n kern.uuid)"`;

/** Needs the permissions run, read and sys (hostname). */
export async function readHostIdentity(): Promise<HostIdentity> {
  const name = Deno.hostname();
  if (Deno.build.os === "windows") return { name, machine: "", boot: "", pidNamespace: "" };
  const lines = await shellLines(Deno.build.os === "darwin" ? darwinScript : linuxScript, []);
  const said = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
  return {
    name,
    machine: said.get("machine") ?? machineId(),
    boot: said.get("boot") ?? "",
    pidNamespace: said.get("namespace") ?? "",
  };
}

/** The lasting id of a Linux machine (machine-id(5)), or "" where there is none. */
function machineId(): string {
  try {
    return Deno.readTextFileSync("/etc/machine-id").trim();
  } catch {
    return "";
  }
}
