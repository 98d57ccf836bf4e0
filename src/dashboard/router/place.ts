/**
 * Where in the dashboard this page is. Links are plain `<a href>`: a click on one that leads to a page of the dashboard
 * changes the place without loading anything. The filters of a page are the query of its URL and nowhere else, so that
 * Back, a reload and a link in a chat show the same.
 */

import { computed, signal } from "@preact/signals";
import { queryText, type QueryValues } from "../api/query_text.ts";
import { matchPath } from "./routes.ts";

const place = signal(current());

/** The page, and what stands in its path; null where there is no such page. */
export const match = computed(() => matchPath(place.value.path));
/** The query of the URL. */
export const query = computed(() => new URLSearchParams(place.value.search));
/** Path and query. */
export const url = computed(() => place.value.path + place.value.search);

export interface NavigateOptions {
  /** Whether Back leads to what was before this place, and not to it. */
  readonly replaces?: boolean;
}

/** Goes to a page of the dashboard: a path with its query. */
export function navigate(to: string, { replaces = false }: NavigateOptions = {}): void {
  if (replaces) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = place.value.path;
  place.value = current();
  if (before !== place.value.path) scrollTo(0, 0);
}

/** Changes some of the query and leaves the rest; null takes one away. */
export function changeQuery(values: QueryValues, options?: NavigateOptions): void {
  const kept = new Map<string, string[]>();
  for (const [name, value] of query.value) kept.set(name, [...kept.get(name) ?? [], value]);
  navigate(place.value.path + queryText({ ...Object.fromEntries(kept), ...values }), options);
}

export function startRouter(): void {
  addEventListener("popstate", () => {
    place.value = current();
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const to = link === null || !isPlainClick(event) ? null : targetOf(link);
    if (to === null) return;
    event.preventDefault();
    navigate(to.pathname + to.search);
  });
}

function current(): { readonly path: string; readonly search: string } {
  return { path: location.pathname, search: location.search };
}

function isPlainClick(event: MouseEvent): boolean {
  const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !hasModifier && !event.defaultPrevented;
}

/** Where a link leads, also one in a drawing, which is no HTML; null where that is no page of the dashboard. */
function targetOf(link: Element): URL | null {
  const href = link.getAttribute("href");
  if (href === null || link.hasAttribute("target") || link.hasAttribute("download")) return null;
  const to = new URL(href, location.href);
  const isPage = to.origin === location.origin && to.hash === "" && matchPath(to.pathname) !== null;
  return isPage ? to : null;
}
