/** The paths that the dashboard answers by itself: for each of them the server sends its one page. */

/** A name in braces stands for one segment. */
export const dashboardPaths = ["/", "/jobs", "/jobs/{id}", "/queues", "/dead-letters", "/workers"] as const;

const patterns = dashboardPaths.map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`));

export function isDashboardPath(path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}

/** A path with its query to go to after the login: one of the dashboard's own, else its first page. */
export function safeTarget(wanted: string | null): string {
  if (wanted === null || !URL.canParse(wanted, "http://here")) return "/";
  const { origin, pathname, search } = new URL(wanted, "http://here");
  return origin === "http://here" && isDashboardPath(pathname) ? pathname + search : "/";
}
