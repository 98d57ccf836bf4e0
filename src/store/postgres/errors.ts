/** Reads PostgreSQL's errors once, and says them in our words. */

import { messageOf, QueueError, type StoreProblem, StoreUnavailable } from "../../core/errors.ts";

interface Meaning {
  readonly problem: StoreProblem;
  readonly found: string;
  readonly hint: string;
}

/** SQLSTATE codes or their first two characters (postgresql.org/docs/current/errcodes-appendix.html). */
const meanings: Readonly<Record<string, Meaning>> = {
  "28": {
    problem: "no_access",
    found: "the server refuses the user",
    hint: "Check user and password: the URL, PGPASSWORD, or ~/.pgpass, which only you may read (mode 0600)",
  },
  "3D000": { problem: "no_access", found: "there is no such database", hint: "Create it: createdb NAME" },
  "3F000": {
    problem: "no_access",
    found: "its schema is gone",
    hint: "Run any command that writes, such as enqueue: it makes the schema",
  },
  "42501": {
    problem: "no_access",
    found: "the user lacks a privilege",
    hint: "Grant it; what is needed: queuectl help many-machines",
  },
  "25006": {
    problem: "read_only",
    found: "the server is read-only",
    hint: "Name all servers in the URL (postgres://h1,h2/db), or see default_transaction_read_only",
  },
  "53100": { problem: "full", found: "the server's disk is full", hint: "Make room there, then try again" },
  "53": { problem: "busy", found: "the server is out of resources", hint: "See the server's log" },
  "53300": {
    problem: "busy",
    found: "the server has no connection left",
    hint: "Raise max_connections, or put pgbouncer before it",
  },
  "57014": {
    problem: "busy",
    found: "the server cancelled the statement",
    hint: "Check statement_timeout and lock_timeout of the user",
  },
  "55P03": { problem: "busy", found: "a lock was not to be had", hint: "Try again in a moment" },
  "25P03": {
    problem: "busy",
    found: "the server ended a transaction that took too long",
    hint: "Check idle_in_transaction_session_timeout of the user, and the network",
  },
  "25P04": {
    problem: "busy",
    found: "the server ended a transaction that took too long",
    hint: "Check transaction_timeout of the user",
  },
  "58": { problem: "io", found: "the server cannot use its files", hint: "See the server's log" },
  "57P": {
    problem: "unreachable",
    found: "the server is shutting down or starting",
    hint: "Try again in a moment",
  },
  "08": { problem: "unreachable", found: "the connection broke", hint: "Check the server and the network" },
  PARAMETER: {
    problem: "no_access",
    found: "the server refuses what the URL sets for the session",
    hint: "Check what stands after ? in the URL",
  },
  TLS_NOT_OFFERED: {
    problem: "no_access",
    found: "sslmode asks for an encrypted connection",
    hint: "Set ssl=on on the server, or leave sslmode out where the network is trusted",
  },
  CERTIFICATE: {
    problem: "no_access",
    found: "the server's certificate is not to be trusted",
    hint: "Check sslrootcert (who signed it), and that the URL names the host as the certificate does",
  },
  XX001: { problem: "corrupt", found: "the server found damaged data", hint: "Restore a backup" },
};

/** Codes of OpenSSL and of the system's checks of a certificate (nodejs.org/api/tls.html). */
const certificateCodes = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_)/;

/** Codes of the driver and of the system that mean that there is no connection. */
const connectionCodes =
  /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOENT)/;

/** There is no connection (any more); its code says why, as the driver and the system name it. */
export class BrokenConnection extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The SQLSTATE of a server that lets nobody write. */
export const readOnly = "25006";

/** The SQLSTATE, or the name that the system or the driver has for it; "" where there is none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || error instanceof QueueError) return "";
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** A transaction that lost against another one, and may be tried again as it is. */
export function isLostRace(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error));
}

/** A prepared statement is not there, or is there already: the session is not the one that prepared it. */
export function isOfAnotherSession(error: unknown): boolean {
  return ["26000", "42P05"].includes(codeOf(error));
}

/** The server is a standby, or was made read-only. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === readOnly;
}

/** A statement was refused; the server and the connection are as they were. */
export function isFromLivingServer(error: unknown): boolean {
  return error instanceof Error && "severity" in error && error.severity === "ERROR";
}

/** Whether the schema or its tables are not there (yet). */
export function isMissing(error: unknown): boolean {
  return ["3F000", "42P01"].includes(codeOf(error));
}

/** A setting of the session that there is not, or that cannot have this value, when the session began. */
function isOfStart(error: unknown): boolean {
  return ["42704", "22023"].includes(codeOf(error)) && error instanceof Error && "severity" in error &&
    error.severity === "FATAL";
}

/** The error to throw for whatever was thrown: a `StoreUnavailable`, or the same where the server is not to blame. */
export function translated(error: unknown, location: string): unknown {
  const code = codeOf(error);
  const meaning = isOfStart(error)
    ? meanings.PARAMETER
    : meanings[code] ?? meanings[code.slice(0, 3)] ?? meanings[code.slice(0, 2)] ??
      (certificateCodes.test(code) || messageOf(error).startsWith("invalid peer certificate")
        ? meanings.CERTIFICATE
        : connectionCodes.test(code)
        ? meanings["08"]
        : undefined);
  if (meaning === undefined) return error;
  return new StoreUnavailable(
    meaning.problem,
    `Cannot use ${location}: ${meaning.found} (${messageOf(error)})`,
    {
      hint: meaning.hint,
      cause: error,
    },
  );
}
