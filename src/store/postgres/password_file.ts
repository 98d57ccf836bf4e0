/**
 * The password file of PostgreSQL's own programs (postgresql.org/docs/current/libpq-pgpass.html): lines of
 * `host:port:database:user:password`, of which the first that fits counts; `*` fits everything.
 */

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Where the file is: PGPASSFILE, else ~/.pgpass (%APPDATA%\postgresql\pgpass.conf); null where nobody can say. */
export function passwordFilePath(
  environment: (name: string) => string | undefined,
  isWindows = Deno.build.os === "windows",
): string | null {
  const named = environment("PGPASSFILE");
  if (named !== undefined && named !== "") return named;
  const folder = environment(isWindows ? "APPDATA" : "HOME");
  if (folder === undefined || folder === "") return null;
  return isWindows ? `${folder}\\postgresql\\pgpass.conf` : `${folder}/.pgpass`;
}

/** The password for a login, or null. A file that others may read is not used, as PostgreSQL's programs do it. */
export function passwordFromFile(path: string, login: Login): string | null {
  let text: string;
  try {
    const { mode, isFile } = Deno.statSync(path);
    if (!isFile || (mode !== null && (mode & 0o077) !== 0)) return null;
    text = Deno.readTextFileSync(path);
  } catch {
    return null;
  }
  return passwordOf(text, login);
}

/** The password that the text of such a file has for a login, or null. */
export function passwordOf(text: string, login: Login): string | null {
  const wanted = [
    login.host.startsWith("/") ? "localhost" : login.host,
    String(login.port),
    login.database,
    login.user,
  ];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    const fits = fields.length > wanted.length &&
      wanted.every((value, index) => fields[index] === "*" || unescaped(fields[index]!) === value);
    if (fits) return unescaped(fields.slice(wanted.length).join(":"));
  }
  return null;
}

/** The parts between colons that no backslash stands before. */
function fieldsOf(line: string): string[] {
  return line.match(/(?:^|:)((?:\\.|[^:\\])*\\?)/g)!.map((part, index) => index === 0 ? part : part.slice(1));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, "$1");
}
