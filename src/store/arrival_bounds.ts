import type { JobPage } from "./store.ts";

/** The arrival numbers of a page: a condition in SQL with the marks of its two parameters, and these. */
export function arrivalBounds(
  { order, after, through }: Pick<JobPage, "order" | "after" | "through">,
  [beyond, upTo]: readonly [string, string],
) {
  return order === "newest"
    ? {
      between: `seq < ${beyond} AND seq >= ${upTo}`,
      direction: "DESC",
      after: after ?? Number.MAX_SAFE_INTEGER,
      through: through ?? 0,
    }
    : {
      between: `seq > ${beyond} AND seq <= ${upTo}`,
      direction: "ASC",
      after: after ?? 0,
      through: through ?? Number.MAX_SAFE_INTEGER,
    };
}
