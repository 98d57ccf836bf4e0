import { type Demand, type Offer, parseDemand, parseResources, type Resources } from "../core/demand.ts";
import { splitTags } from "../core/tags.ts";
import { number, type SqlRow, text } from "./rows.ts";

/** A worker as a claim sees it. */
export interface Claimer extends Offer {
  /** As runs have it. */
  readonly host: string;
}

export function claimerOf(row: SqlRow): Claimer {
  return {
    tags: splitTags(text(row, "tags")),
    concurrency: number(row, "concurrency"),
    resources: parseResources(text(row, "resources")) ?? {},
    host: text(row, "host"),
  };
}

/** Jobs of a queue that demand the same. */
export interface LaneName {
  readonly queue: string;
  /** As `formatDemand` has it. */
  readonly demand: string;
}

/** Whether jobs of a lane take resources. */
export function takesResources({ demand }: LaneName): boolean {
  return demand.includes("=") && Object.keys(parseDemand(demand).resources).length > 0;
}

/** What jobs that run leave of a host's resources. */
export function leftOf(resources: Resources, running: readonly Pick<Demand, "resources">[]): Resources {
  const left: Record<string, number> = { ...resources };
  for (const demand of running) {
    for (const [name, amount] of Object.entries(demand.resources)) if (name in left) left[name]! -= amount;
  }
  return left;
}
