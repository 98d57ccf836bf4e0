/**
 * Where to connect and as whom, as libpq reads a URL (postgresql.org/docs/current/libpq-connect.html): what it does not
 * say comes from PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSWORD, the password at last from the password file.
 */

import { userInfo } from "node:os";
import { StoreUnavailable } from "../../core/errors.ts";
import { isPort } from "../../core/store_address.ts";
import { passwordFilePath, passwordFromFile } from "./password_file.ts";
import { type DriverTls, tlsOf } from "./tls.ts";

export type Environment = (name: string) => string | undefined;

export interface Login {
  /** A name, an address, or the absolute path of the folder with the server's socket file. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  readonly tls: DriverTls;
  /** What is told to the server as it is: settings of the session. */
  readonly session: Readonly<Record<string, string>>;
}

/** Asked of libpq, and nothing to us or our server. */
const withoutMeaning = new Set([
  "connect_timeout",
  "gssencmode",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "load_balance_hosts",
  "sslcompression",
  "sslsni",
  "target_session_attrs",
  "tcp_user_timeout",
]);

/**
 * The login that a URL with one host asks for. Throws `StoreUnavailable` for what cannot be. `refuse` is told later of a
 * certificate that is another host's.
 */
export function loginOf(url: string, environment: Environment, refuse: (error: Error) => void): Login {
  const [, userPart, hostPart = "", path = "", query = ""] =
    /^\w+:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/.exec(url) ?? [];
  const [user, password] = (userPart ?? "").split(/:(.*)/s).map(decodeURIComponent);
  const [, bracketed, name = "", port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(hostPart) ?? [];
  const parameters = new Map(new URLSearchParams(query));
  const take = (key: string): string | undefined => {
    const value = parameters.get(key);
    parameters.delete(key);
    return value === "" ? undefined : value;
  };
  const host = take("host") ?? given(bracketed ?? decodeURIComponent(name)) ?? given(environment("PGHOST")) ??
    "localhost";
  const place = {
    host,
    port: portOf(take("port") ?? port ?? given(environment("PGPORT")) ?? "5432"),
    user: take("user") ?? given(user) ?? given(environment("PGUSER")) ?? userInfo().username,
  };
  const database = take("dbname") ?? given(decodeURIComponent(path)) ?? given(environment("PGDATABASE")) ??
    place.user;
  const login = { ...place, database };
  return {
    ...login,
    password: take("password") ?? given(password) ?? given(environment("PGPASSWORD")) ??
      fromFile(take("passfile"), login, environment),
    tls: tlsOf(host, { take, environment, refuse }),
    session: sessionOf(parameters),
  };
}

function portOf(text: string): number {
  if (isPort(Number(text))) return Number(text);
  throw new StoreUnavailable("no_access", `Cannot use port ${text}: there is no such port`, {
    hint: "Check port in the URL, and PGPORT: from 1 to 65535",
  });
}

function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function fromFile(
  named: string | undefined,
  login: Omit<Login, "password" | "tls" | "session">,
  environment: Environment,
): string {
  const path = named ?? passwordFilePath(environment);
  return path === null ? "" : passwordFromFile(path, login) ?? "";
}

function sessionOf(parameters: ReadonlyMap<string, string>): Record<string, string> {
  if (parameters.get("channel_binding") === "require") {
    throw new StoreUnavailable(
      "no_access",
      "Cannot use channel_binding=require: queuectl does not know how",
      {
        hint: "Leave it out, and let the certificate be checked: sslmode=verify-full&sslrootcert=system",
      },
    );
  }
  const known = [...parameters].filter(([name]) => name !== "channel_binding" && !withoutMeaning.has(name));
  return Object.fromEntries(known);
}
