/** The identity of a host: what must be equal for a pid to mean the same process. */

export interface HostIdentity {
  readonly name: string;
  /** The machine's lasting id, or "" where there is none to read. */
  readonly machine: string;
  /** Changes with every start of the machine. */
  readonly boot: string;
  /** The pid namespace; a pid of another one proves nothing. */
  readonly pidNamespace: string;
}

/** How another process's host relates to this one. */
export type HostRelation = "same" | "rebooted" | "other";

/** One line of text; the parts cannot contain the separator. */
export function formatHost(host: HostIdentity): string {
  return [host.name, host.machine, host.boot, host.pidNamespace].map((part) => part.replaceAll("|", "_"))
    .join("|");
}

/** What the text of each host with that name begins with. */
export function hostPrefix(name: string): string {
  return `${name.replaceAll("|", "_")}|`;
}

export function parseHost(text: string): HostIdentity {
  const [name = "", machine = "", boot = "", pidNamespace = ""] = text.split("|");
  return { name, machine, boot, pidNamespace };
}

/**
 * `same`: pids there are pids here. `rebooted`: the same machine before its last start, so everything that ran there
 * is gone. `other`: only its heartbeat tells. A machine without a lasting id is never taken for rebooted, since two
 * machines may share a name.
 */
export function relateHosts(ours: HostIdentity, theirs: HostIdentity): HostRelation {
  if (formatHost(ours) === formatHost(theirs)) return "same";
  const oneMachine = ours.machine !== "" && ours.machine === theirs.machine && ours.name === theirs.name;
  const knowBoots = ours.boot !== "" && theirs.boot !== "";
  return oneMachine && knowBoots && ours.boot !== theirs.boot ? "rebooted" : "other";
}
