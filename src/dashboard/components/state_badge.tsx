/** The state of a job: by a word and a shape, and beside them by a colour. */

import { type ShownState, stateWords } from "../format/job_state.ts";

const marks: Readonly<Record<ShownState, string>> = {
  processing: "M5 2.500v7l5-3.500z",
  pending: "M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8m0 1.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5",
  blocked: "M3 2.500h2v7H3zm4 0h2v7H7z",
  completed: "M2 6.200 3.300 5l1.600 1.700L8.800 2.500 10 3.600 5 9.200z",
  cancelled: "M2.500 5.200h7v1.600h-7z",
  failed: "M6 2a4 4 0 0 1 3.600 2.200l.9-.5v3H7.800l.7-.7A2.500 2.500 0 1 0 8 8l1.200 1A4 4 0 1 1 6 2",
  dead:
    "M3.300 2.200 6 4.900l2.700-2.700 1.100 1.100L7.100 6l2.700 2.700-1.100 1.100L6 7.100 3.300 9.800 2.200 8.700 4.900 6 2.200 3.300z",
};

export function StateMark({ state }: { readonly state: ShownState }) {
  return (
    <svg class={`state-mark is-${state}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path d={marks[state]} />
    </svg>
  );
}

/** The shape alone, for a drawing that has its own colour and size. */
export function StateShape({ state }: { readonly state: ShownState }) {
  return <path class="state-shape" d={marks[state]} />;
}

export function StateBadge({ state }: { readonly state: ShownState }) {
  const { name, means } = stateWords[state];
  return (
    <span class={`badge is-${state}`} title={`${name}: ${means}`}>
      <StateMark state={state} />
      {name}
    </span>
  );
}
