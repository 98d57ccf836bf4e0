/** What a query holds; what is null, undefined or empty is left out, and of a list each is sent. */
export type QueryValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/** "?state=dead&meta=a%3Db", or "" where nothing is left. */
export function queryText(values: QueryValues): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== "") params.append(name, String(each));
    }
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}
