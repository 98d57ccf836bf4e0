/**
 * What a job demands of the worker that runs it: tags, slots, and resources of its host. A job that does not fit yet
 * keeps back those behind it that want the same thing, so that a wide job is not overtaken for ever.
 */

import { offersAll } from "./tags.ts";

/** Amounts by the names of resources: whole numbers of 1 or more. */
export type Resources = Readonly<Record<string, number>>;

export interface Demand {
  /** The tags that a worker must offer, sorted. */
  readonly needs: readonly string[];
  /** How many of a worker's slots it takes, 1 or more. */
  readonly slots: number;
  /** What it takes of its host while it runs. */
  readonly resources: Resources;
}

/** What a worker has, whether or not some of it is in use. */
export interface Offer {
  readonly tags: readonly string[];
  readonly concurrency: number;
  readonly resources: Resources;
}

/** The most kinds of resources that a job may take or a host have. */
export const mostResources = 16;
/** Amounts of one resource. */
export const amountRange = { from: 1, to: 1_000_000 } as const;

export const resourceRule =
  `a resource is a name of 1 to 64 lower-case letters, digits and . _ -, and a whole number from ${amountRange.from} to ${amountRange.to}`;

/** Not the name of a resource, since it says how many slots a job takes. */
const slotsName = "slots";

export function isResourceName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && name !== slotsName;
}

export function isAmount(amount: unknown): amount is number {
  return Number.isInteger(amount) && (amount as number) >= amountRange.from &&
    (amount as number) <= amountRange.to;
}

/** As one text, so that equal demands are equal texts: empty where it is nothing but one slot. */
export function formatDemand({ needs, slots, resources }: Demand): string {
  const parts = [...needs];
  for (const [name, amount] of Object.entries(resources)) parts.push(`${name}=${amount}`);
  if (slots > 1) parts.push(`${slotsName}=${slots}`);
  return [...new Set(parts)].toSorted().join(",");
}

const nothing: Demand = { needs: [], slots: 1, resources: {} };

/** The demand of a text that `formatDemand` made. */
export function parseDemand(text: string): Demand {
  if (text === "") return nothing;
  const needs: string[] = [];
  const resources: Record<string, number> = {};
  let slots = 1;
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals === -1) needs.push(part);
    else if (part.slice(0, equals) === slotsName) slots = Number(part.slice(equals + 1));
    else resources[part.slice(0, equals)] = Number(part.slice(equals + 1));
  }
  return { needs, slots, resources };
}

/** As `gpu=2,license=1`, sorted; empty for none. */
export function formatResources(resources: Resources): string {
  return Object.entries(resources).map(([name, amount]) => `${name}=${amount}`).toSorted().join(",");
}

/** The resources of a text such as `gpu=2,license=1`, or undefined where it is none. */
export function parseResources(text: string): Resources | undefined {
  const resources: Record<string, number> = {};
  for (const part of text === "" ? [] : text.split(",")) {
    const [, name, amount] = /^\s*([^=]+)=(\d{1,9})\s*$/.exec(part) ?? [];
    if (name === undefined || !isResourceName(name) || !isAmount(Number(amount))) return undefined;
    if (name in resources) return undefined;
    resources[name] = Number(amount);
  }
  return Object.keys(resources).length > mostResources ? undefined : resources;
}

/** Whether a worker could run such a job at all, once enough of what it has is free. */
export function couldEverFit(demand: Demand, offer: Offer): boolean {
  return offersAll(offer.tags, demand.needs) && demand.slots <= offer.concurrency &&
    Object.entries(demand.resources).every(([name, amount]) => amount <= (offer.resources[name] ?? 0));
}
