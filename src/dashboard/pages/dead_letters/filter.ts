/** Which dead jobs are meant: read from the URL, and said to the API in a query or a body. */

import type { QueryValues } from "../../api/query_text.ts";
import type { DeadGroup, JobChange } from "../../api/types.ts";

/** As the URL has them; "" where one is not set. */
export interface DeadFilter {
  readonly queue: string;
  /** Died since then: "1h" (ago), or an instant. */
  readonly since: string;
  /** Died so long ago, or longer: "7d". */
  readonly older_than: string;
  readonly exit_code: string;
  readonly contains: string;
  readonly group: string;
}

const names = ["queue", "since", "older_than", "exit_code", "contains", "group"] as const;

export function filterOf(query: URLSearchParams): DeadFilter {
  const [queue, since, older_than, exit_code, contains, group] = names.map((name) => query.get(name) ?? "");
  return {
    queue: queue!,
    since: since!,
    older_than: older_than!,
    exit_code: exit_code!,
    contains: contains!,
    group: group!,
  };
}

/** The same without its group: what is grouped. */
export function queryOfGroups({ group: _, ...others }: DeadFilter): QueryValues {
  return others;
}

/** Whether anything but a group is asked for. */
export function isNarrowed(filter: DeadFilter): boolean {
  return names.some((name) => name !== "group" && filter[name] !== "");
}

/** Which jobs a filter means, in words: "that the filters show". */
export function whichOf(filter: DeadFilter): string {
  if (filter.group !== "") {
    return isNarrowed(filter) ? "of this group that the filters show" : "of this group";
  }
  return isNarrowed(filter) ? "that the filters show" : "of all queues";
}

/** What retries and purges take: the filter, or all where it says nothing. */
export type Selection =
  | { readonly all: true }
  | { readonly filter: Readonly<Record<string, string | number>> };

export function selectionOf(filter: DeadFilter): Selection {
  const set = names.filter((name) => filter[name] !== "");
  if (set.length === 0) return { all: true };
  return {
    filter: Object.fromEntries(
      set.map((name) => [name, name === "exit_code" ? Number(filter[name]) : filter[name]]),
    ),
  };
}

/** How many jobs a filter means, by the groups that it has. */
export function countMeant(groups: readonly DeadGroup[], { group }: Pick<DeadFilter, "group">): number {
  return groups.reduce((sum, each) => group === "" || each.group === group ? sum + each.count : sum, 0);
}

/** Ages to choose from, each as one value: which parameter it is, and how long. */
export const ages: readonly (readonly [value: string, name: string])[] = [
  ["", "At any time"],
  ["since=1h", "In the last hour"],
  ["since=24h", "In the last 24 hours"],
  ["since=7d", "In the last 7 days"],
  ["older_than=1d", "More than a day ago"],
  ["older_than=7d", "More than 7 days ago"],
  ["older_than=30d", "More than 30 days ago"],
];

/** The ages to choose from, with that of the filter where it is another one. */
export function agesFor(filter: DeadFilter): typeof ages {
  const value = ageOf(filter);
  if (ages.some(([each]) => each === value)) return ages;
  return [...ages, [value, value.replace("older_than=", "Died before: ").replace("since=", "Died since: ")]];
}

export function ageOf({ since, older_than }: Pick<DeadFilter, "since" | "older_than">): string {
  if (since !== "") return `since=${since}`;
  return older_than === "" ? "" : `older_than=${older_than}`;
}

/** The two parameters of an age. */
export function paramsOfAge(age: string): { readonly since: string; readonly older_than: string } {
  const [name, value = ""] = age.split("=");
  return { since: name === "since" ? value : "", older_than: name === "older_than" ? value : "" };
}

/** Whether a job may have become dead, or may have been dead until now. */
export function mayChangeDead({ state, attempts, runs }: JobChange): boolean {
  if (state === "dead") return true;
  // Retried: all its attempts again, though it has run.
  return attempts === 0 && (state === "processing" ? runs > 1 : runs > 0 && state !== "completed");
}
