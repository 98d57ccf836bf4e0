/** Where the jobs live: `sqlite` for the file in the home, or the URL of a PostgreSQL database. */

/** The store that needs no server. */
export const localStore = "sqlite";

/** Whether a text names a store. */
export function isStoreAddress(text: string): boolean {
  return text === localStore || (isServerAddress(text) && schemaOf(text) !== undefined);
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

/** The address as it may be shown: without a password. */
export function withoutPassword(address: string): string {
  return address.replace(/^(\w+:\/\/[^:@/?#]*):[^@/]*@/, "$1@").replaceAll(/([?&]password=)[^&#]*/gi, "$1…");
}
