/** Which page a path means. The server answers the same paths with the dashboard (`src/web/pages/paths.ts`). */

export const pageNames = ["overview", "jobs", "job", "queues", "deadLetters", "workers"] as const;
export type PageName = (typeof pageNames)[number];

/** A path, in which `{name}` stands for one segment. */
export const paths: Readonly<Record<PageName, string>> = {
  overview: "/",
  jobs: "/jobs",
  job: "/jobs/{id}",
  queues: "/queues",
  deadLetters: "/dead-letters",
  workers: "/workers",
};

export interface Match {
  readonly page: PageName;
  /** What stands for the names in its path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** The page of a path, or null where there is none. */
export function matchPath(path: string): Match | null {
  for (const page of pageNames) {
    const params = matchPattern(paths[page], path);
    if (params !== null) return { page, params };
  }
  return null;
}

function matchPattern(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const segment = given[index]!;
    if (name === undefined) {
      if (part !== segment) return null;
      continue;
    }
    const value = decode(segment);
    if (value === null || value === "") return null;
    params[name] = value;
  }
  return params;
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

export function jobUrl(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}
