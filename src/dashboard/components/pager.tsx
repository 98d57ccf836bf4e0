/** The way to older ones, by the cursor that the API gives; the place is in the URL as `after`. */

import { query, url } from "../router/place.ts";
import { queryText } from "../api/query_text.ts";

export interface PagerProps {
  /** What `after` is for the next page; null where this is the last. */
  readonly next: string | null;
}

export function Pager({ next }: PagerProps) {
  const isFirst = !query.value.has("after");
  if (isFirst && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      {isFirst
        ? <span aria-disabled="true">Newest</span>
        : <a class="button plain" href={withAfter(null)}>Newest</a>}
      {next === null
        ? <span aria-disabled="true">Older</span>
        : <a class="button plain" rel="next" href={withAfter(next)}>Older</a>}
    </nav>
  );
}

function withAfter(after: string | null): string {
  const [path] = url.value.split("?");
  const kept = Object.fromEntries(
    [...new Set(query.value.keys())].map((name) => [name, query.value.getAll(name)]),
  );
  return path + queryText({ ...kept, after });
}
