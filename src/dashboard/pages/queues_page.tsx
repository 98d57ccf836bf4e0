/** The queues: what is in them, what they may do, and ways to change that while they work. */

import { useSignal } from "@preact/signals";
import { readQueues, readWaiting } from "../api/calls.ts";
import type { Queue } from "../api/types.ts";
import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";
import { Loaded } from "../components/loaded.tsx";
import { Page } from "../components/page.tsx";
import { useKeys } from "../keys/keys.ts";
import { isReadOnly } from "../live/server.ts";
import { useResource } from "../live/resource.ts";
import { NewQueueDialog, QueueDialog } from "./queues/queue_dialog.tsx";
import { QueuesTable } from "./queues/queues_table.tsx";

/** Limits and throttles change without an event. */
const everyMs = 5000;

export function QueuesPage() {
  const queues = useResource("queues", async (signal) => {
    const [found, waiting] = await Promise.all([readQueues(signal), readWaiting(signal)]);
    return { queues: found, oldest: new Map(waiting.map(({ queue, due_at }) => [queue, due_at])) };
  }, { everyMs });
  const edited = useSignal<Queue | null>(null);
  const isNew = useSignal(false);
  const mayChange = !isReadOnly.value;
  const begin = () => isNew.value = true;
  useKeys(mayChange ? [{ keys: "n", does: "Set up a queue", run: begin }] : []);
  return (
    <Page title="Queues" actions={mayChange && <Button onClick={begin}>Set up a queue</Button>}>
      <Loaded resource={queues} lines={6}>
        {({ queues: rows, oldest }) =>
          rows.length === 0
            ? (
              <Empty title="There is no queue yet.">
                One comes to be with the first job in it:{" "}
                <code>queuectl enqueue --queue video -- COMMAND</code>. Jobs that name none go to the queue
                {" "}
                <code>default</code>. To limit one before that, set it up.
              </Empty>
            )
            : (
              <QueuesTable
                queues={rows}
                oldest={oldest}
                onEdit={mayChange ? (queue) => edited.value = queue : null}
                onChanged={queues.reload}
              />
            )}
      </Loaded>
      {edited.value !== null && (
        <QueueDialog
          queue={edited.value}
          onClose={() => edited.value = null}
          onChanged={queues.reload}
        />
      )}
      {isNew.value && <NewQueueDialog onClose={() => isNew.value = false} onChanged={queues.reload} />}
    </Page>
  );
}
