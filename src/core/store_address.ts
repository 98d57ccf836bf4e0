/** Where the jobs live: `sqlite` for the file in the home, or the URL of a PostgreSQL database. */

/** The store that needs no server. */
export const localStore = "sqlite";

/** Whether a text names a store. */
export function isStoreAddress(text: string): boolean {
  return text === localStore ||
    (isServerAddress(text) && isServerUrl(text) && schemaOf(text) !== undefined);
}

/** What to do about a text that names no store, where more can be said than which texts do. */
export function adviceOnAddress(text: string): string | undefined {
  if (!isServerAddress(text) || isServerUrl(text)) return undefined;
  return "Its parts are postgres://user:password@host:port/database?schema=name; within one write % as %25, @ as %40, : as %3A, / as %2F, ? as %3F and # as %23";
}

/**
 * Whether it can be read in one way only. What should be encoded and is not moves the border between password, host
 * and database, and another server would be asked than the one that is meant.
 */
function isServerUrl(text: string): boolean {
  const [, hosts, query] =
    /^postgres(?:ql)?:\/\/(?:[^@/?#\s]*@)?([^@/?#\s]*)(?:\/[^@?#]*)?(?:\?([^#]*))?$/.exec(text) ?? [];
  return hosts !== undefined && hosts.split(",").every(isHost) &&
    (query ?? "").split("&").every((part) => part === "" || /^[^=]+=/.test(part)) && isDecodable(text);
}

function isHost(text: string): boolean {
  const port = /^(?:\[[^[\]]+\]|[^[\]:]*)(?::(\d+))?$/.exec(text);
  return port !== null && (port[1] === undefined || isPort(Number(port[1])));
}

export function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65_535;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** `postgres_socket`: a server that is reached by its socket file. */
export type StoreKind = "sqlite" | "postgres" | "postgres_socket";

export function kindOfStore(address: string): StoreKind {
  if (!isServerAddress(address)) return "sqlite";
  const isPath = /^\w+:\/\/(?:[^@/?#]*@)?%2F|[?&]host=(?:\/|%2F)/i.test(address);
  return isPath ? "postgres_socket" : "postgres";
}

/** Whether it names a database on a server. */
export function isServerAddress(text: string): boolean {
  return /^postgres(ql)?:\/\/./.test(text);
}

/** The schema that holds the tables: `?schema=NAME` of the URL, `queuectl` unless given; undefined for a wrong name. */
export function schemaOf(url: string): string | undefined {
  const name = /[?&]schema=([^&#]*)/.exec(url)?.[1] ?? "queuectl";
  return /^[a-z_][a-z0-9_]{0,47}$/.test(name) ? name : undefined;
}

/** The URL without the part that is for us and not for the server. */
export function withoutSchema(url: string): string {
  return url.replace(/([?&])schema=[^&#]*&?/, "$1").replace(/[?&]$/, "");
}

/** The address as it may be shown: without a password. Of what is no address, nothing is left that may be one. */
export function withoutPassword(address: string): string {
  if (isStoreAddress(address)) {
    return address.replace(/^(\w+:\/\/[^:@/?#]*):[^@/]*@/, "$1@").replaceAll(
      /([?&](?:ssl)?password=)[^&]*/gi,
      "$1…",
    );
  }
  return address.replace(/^([^:]*:\/*[^:@/?#]*):.*@/s, "$1@")
    .replace(/^([^:]*:\/+[^:@/?#]*):(?!\d+(?:[/,?]|$)).*/s, "$1:…")
    .replace(/(password\s*=).*/is, "$1…");
}
