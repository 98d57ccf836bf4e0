/** Queues as rows: counts that lead to the jobs, limits, and what can be done at once. */

import { useSignal } from "@preact/signals";
import { changeQueue } from "../../api/calls.ts";
import { queryText } from "../../api/query_text.ts";
import type { Queue } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { Button } from "../../components/button.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import { formatCount } from "../../format/count.ts";
import { type ShownState, stateWords } from "../../format/job_state.ts";
import { limitsText, type QueueState, queueStateWords } from "./queue_words.ts";

export interface QueuesTableProps {
  readonly queues: readonly Queue[];
  /** Since when the oldest job waits that could start, by the names of queues. */
  readonly oldest: ReadonlyMap<string, string>;
  /** Null where nothing can be changed. */
  readonly onEdit: ((queue: Queue) => void) | null;
  readonly onChanged: () => void;
}

const counted: readonly ShownState[] = ["pending", "failed", "blocked", "completed", "dead"];

export function QueuesTable({ queues, oldest, onEdit, onChanged }: QueuesTableProps) {
  const columns: readonly Column<Queue>[] = [
    { title: "Queue", cell: ({ name }) => name },
    { title: "State", cell: (queue) => <QueueStateWord queue={queue} /> },
    { title: "Running", cell: (queue) => <Running queue={queue} />, isNumber: true },
    ...counted.map((state): Column<Queue> => ({
      title: stateWords[state].name,
      cell: (queue) => <Count queue={queue} state={state} />,
      isNumber: true,
    })),
    { title: "Oldest", cell: ({ name }) => <Ago at={oldest.get(name) ?? null} /> },
    { title: "Limits", cell: (queue) => <span class="queue-limits">{limitsText(queue)}</span> },
    ...(onEdit === null ? [] : [{
      title: "Actions",
      cell: (queue: Queue) => <RowActions queue={queue} onEdit={onEdit} onChanged={onChanged} />,
    }]),
  ];
  return (
    <div class="queues">
      <Table
        caption="Queues"
        columns={columns}
        rows={queues}
        rowKey={({ name }) => name}
        rowUrl={({ name }) => `/jobs${queryText({ queue: name })}`}
      />
    </div>
  );
}

function QueueStateWord({ queue: { state, throttled_until } }: { readonly queue: Queue }) {
  const { name, means } = queueStateWords[state];
  return (
    <span class={`queue-state is-${state}`} title={means}>
      {name}
      {throttled_until !== null && (
        <span class="queue-throttle">
          throttled, goes on <Ago at={throttled_until} />
        </span>
      )}
    </span>
  );
}

/** How many run of how many that may. */
function Running({ queue }: { readonly queue: Queue }) {
  return (
    <>
      <Count queue={queue} state="processing" />
      {queue.limit !== null && <span class="soft">{` of ${formatCount(queue.limit)}`}</span>}
    </>
  );
}

function Count({ queue, state }: { readonly queue: Queue; readonly state: ShownState }) {
  const count = queue[state];
  if (count === 0) return <span class="none">0</span>;
  return (
    <a class="queue-count" href={`/jobs${queryText({ queue: queue.name, state })}`}>{formatCount(count)}</a>
  );
}

interface RowActionsProps {
  readonly queue: Queue;
  readonly onEdit: (queue: Queue) => void;
  readonly onChanged: () => void;
}

function RowActions({ queue, onEdit, onChanged }: RowActionsProps) {
  const busy = useSignal(false);
  const set = async (state: QueueState) => {
    busy.value = true;
    try {
      await changeQueue(queue.name, { state });
      sayDone(`${queue.name}: ${queueStateWords[state].name.toLowerCase()}`);
      onChanged();
    } catch (error) {
      sayFailed(error);
    }
    busy.value = false;
  };
  const [next, name] = queue.state === "open" ? ["paused", "Pause"] as const : ["open", "Resume"] as const;
  return (
    <span class="row-actions">
      <Button
        isBusy={busy.value}
        aria-label={`${name} ${queue.name}`}
        title={queueStateWords[next].means}
        onClick={() => void set(next)}
      >
        {name}
      </Button>
      <Button aria-label={`Change ${queue.name}`} onClick={() => onEdit(queue)}>Change</Button>
    </span>
  );
}
