/** The way to older and newer ones, by the cursors that the API gives; the place is in the URL as `after` or `before`. */

import { query, url } from "../router/place.ts";
import { queryText, type QueryValues } from "../api/query_text.ts";

export interface PagerProps {
  /** What `after` is for the next page; null where this is the last. */
  readonly next: string | null;
  /** What `before` is for the page before this one; left out where only the newest ones can be gone back to. */
  readonly newer?: string | null;
}

export function Pager({ next, newer }: PagerProps) {
  const isFirst = !query.value.has("after") && !query.value.has("before");
  if (isFirst && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <Way name="Newest" to={isFirst ? null : { after: null, before: null }} />
      {newer !== undefined && (
        <Way name="Newer" rel="prev" to={isFirst || newer === null ? null : { after: null, before: newer }} />
      )}
      <Way name="Older" rel="next" to={next === null ? null : { after: next, before: null }} />
    </nav>
  );
}

interface WayProps {
  readonly name: string;
  readonly rel?: string;
  /** Null where it leads nowhere. */
  readonly to: QueryValues | null;
}

function Way({ name, rel, to }: WayProps) {
  if (to === null) return <span aria-disabled="true">{name}</span>;
  return (
    <a
      class="button plain"
      href={withPlace(to)}
      onClick={() => scrollTo(0, 0)}
      {...(rel === undefined ? {} : { rel })}
    >
      {name}
    </a>
  );
}

function withPlace(place: QueryValues): string {
  const [path] = url.value.split("?");
  const kept = Object.fromEntries(
    [...new Set(query.value.keys())].map((name) => [name, query.value.getAll(name)]),
  );
  return path + queryText({ ...kept, ...place });
}
