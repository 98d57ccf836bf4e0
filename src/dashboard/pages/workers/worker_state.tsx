/** What a worker does: by a word and a shape, and beside them by a colour. */

import type { Worker } from "../../api/types.ts";

type State = Worker["state"];

const words: Readonly<Record<State, readonly [name: string, colour: string, mark: string]>> = {
  idle: [
    "Idle",
    "pending",
    "M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8m0 1.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5",
  ],
  busy: ["Busy", "processing", "M4 2.500v7l6-3.500z"],
  stopping: ["Draining", "failed", "M3 3h6v6H3z"],
  silent: ["Silent", "dead", "M6 1 .8 10.500h10.400zM5.400 4.500h1.200v3H5.400zm0 3.800h1.200v1.200H5.400z"],
  gone: ["Gone", "dead", "M2.500 5.200h7v1.600h-7z"],
};

export function WorkerState({ state }: { readonly state: State }) {
  const [name, colour, mark] = words[state];
  return (
    <span class={`badge is-${colour}`}>
      <svg class="state-mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path fill-rule="evenodd" d={mark} />
      </svg>
      {name}
    </span>
  );
}
