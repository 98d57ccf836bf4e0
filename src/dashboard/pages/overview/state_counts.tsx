/** How many jobs are in each state; each leads to those jobs. */

import { StateMark } from "../../components/state_badge.tsx";
import { formatCount } from "../../format/count.ts";
import { shownStates, stateWords } from "../../format/job_state.ts";
import type { Status } from "../../api/types.ts";

export function StateCounts({ status }: { readonly status: Status }) {
  return (
    <nav class="counts" aria-label="Jobs by state">
      {shownStates.map((state) => (
        <a
          key={state}
          href={`/jobs?state=${state}`}
          class={`is-${state} ${status[state] === 0 ? "is-none" : ""}`}
        >
          <span class="count-name" title={stateWords[state].means}>
            <StateMark state={state} />
            {stateWords[state].name}
          </span>
          <span class="count-value">{formatCount(status[state])}</span>
        </a>
      ))}
    </nav>
  );
}
