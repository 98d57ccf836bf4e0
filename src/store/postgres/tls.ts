/**
 * TLS as libpq means it (postgresql.org/docs/current/libpq-ssl.html): `sslmode`, `sslrootcert`, `sslcert` and `sslkey`
 * of the URL, else PGSSLMODE, PGSSLROOTCERT, PGSSLCERT and PGSSLKEY, else the files in ~/.postgresql.
 */

import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import tls from "node:tls";
import { messageOf, StoreUnavailable } from "../../core/errors.ts";

/** `allow` is taken for `prefer`: encrypted where the server can. */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof sslModes)[number];

const parameters = ["sslmode", "sslrootcert", "sslcert", "sslkey"] as const;
type Parameter = (typeof parameters)[number];

/** What is used where it is there and nothing else is named. */
const usualFiles = { sslrootcert: "root.crt", sslcert: "postgresql.crt", sslkey: "postgresql.key" } as const;

/** What the driver is told: nothing, to try, or how to check the server. */
export type DriverTls = false | "prefer" | tls.ConnectionOptions;

/** Throws `StoreUnavailable` for a mode that there is not, and for files that cannot be read. */
export function tlsOf(host: string, from: {
  /** The value of a parameter of the URL. */
  readonly take: (name: string) => string | undefined;
  readonly environment: (name: string) => string | undefined;
  /** Told of a certificate that is another host's. */
  readonly refuse: (error: Error) => void;
}): DriverTls {
  const given = new Map<Parameter, string>();
  for (const name of parameters) {
    const value = from.take(name) ?? from.environment(`PG${name.toUpperCase()}`);
    if (value !== undefined && value !== "") given.set(name, value);
  }
  for (const [name, path] of usualPaths(from.environment)) if (!given.has(name)) given.set(name, path);
  return driverTls(modeOf(given), given, { host, refuse: from.refuse });
}

function usualPaths(environment: (name: string) => string | undefined): [Parameter, string][] {
  const isWindows = Deno.build.os === "windows";
  const folder = environment(isWindows ? "APPDATA" : "HOME");
  if (folder === undefined || folder === "") return [];
  const inFolder = (file: string) =>
    isWindows ? `${folder}\\postgresql\\${file}` : `${folder}/.postgresql/${file}`;
  return (["sslrootcert", "sslcert", "sslkey"] as const)
    .map((name): [Parameter, string] => [name, inFolder(usualFiles[name])])
    .filter(([, path]) => existsSync(path));
}

function modeOf(given: ReadonlyMap<Parameter, string>): SslMode {
  const roots = given.get("sslrootcert");
  const text = given.get("sslmode") ?? (roots === "system" ? "verify-full" : "prefer");
  const mode = sslModes.find((known) => known === text);
  if (mode === undefined) {
    throw refusal(`sslmode=${text}: there is no such mode`, `Use one of ${sslModes.join(", ")}`);
  }
  if (roots === "system" && mode !== "verify-full") {
    throw refusal(
      `sslrootcert=system with sslmode=${mode}: it would not be checked who the server is`,
      "Use sslmode=verify-full",
    );
  }
  // As in libpq: whoever gives a certificate authority wants it to be asked.
  return mode === "require" && roots !== undefined ? "verify-ca" : mode;
}

function driverTls(
  mode: SslMode,
  given: ReadonlyMap<Parameter, string>,
  { host, refuse }: { readonly host: string; readonly refuse: (error: Error) => void },
): DriverTls {
  // A socket file leaves the machine nowhere.
  if (mode === "disable" || host.startsWith("/")) return false;
  if (mode === "allow" || mode === "prefer") return "prefer";
  const roots = given.get("sslrootcert");
  if (mode !== "require" && roots === undefined) {
    throw refusal(
      `sslmode=${mode}: it is not said which certificate authority to trust`,
      "Name its file: sslrootcert=/path/ca.crt (else ~/.postgresql/root.crt), or sslrootcert=system for those of the system",
    );
  }
  return {
    rejectUnauthorized: mode !== "require",
    ...(roots === undefined || roots === "system" ? {} : { ca: fileOf("sslrootcert", roots) }),
    ...(given.has("sslcert") ? { cert: fileOf("sslcert", given.get("sslcert")!) } : {}),
    ...(given.has("sslkey") ? { key: fileOf("sslkey", given.get("sslkey")!) } : {}),
    checkServerIdentity: (_, certificate) => {
      if (mode !== "verify-full") return;
      const error = identityError(host, certificate);
      // Where the host is an address, some versions of Deno compare with another name, and pass an error over.
      if (error !== undefined && isIP(host) !== 0) refuse(error);
      return error;
    },
  };
}

function identityError(host: string, certificate: tls.PeerCertificate | undefined): Error | undefined {
  if (certificate?.subject !== undefined) return tls.checkServerIdentity(host, certificate);
  return new Error(`whether it is that of ${host} cannot be told; name the host in place of its address`);
}

function fileOf(name: Parameter, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refusal(`${name}=${path}: ${messageOf(error)}`, "Check the path and who may read it");
  }
}

function refusal(found: string, hint: string): StoreUnavailable {
  return new StoreUnavailable("no_access", `Cannot use ${found}`, { hint });
}
