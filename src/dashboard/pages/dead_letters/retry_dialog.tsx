/** Asks how dead jobs are to be retried, does it, and says how far it is. */

import { useComputed, useSignal } from "@preact/signals";
import { retryDead } from "../../api/calls.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { SelectField } from "../../components/field.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import { countOf, formatCount } from "../../format/count.ts";
import { status } from "../../live/events.ts";
import type { Selection } from "./filter.ts";
import { formatRetried, pacedLength, paces } from "./retry_words.ts";

export interface DeadDialogProps {
  readonly selection: Selection;
  /** What is meant, in words: "of this group". */
  readonly which: string;
  readonly onClose: () => void;
  /** Called when it has happened. */
  readonly onDone: () => void;
}

export interface RetryDialogProps extends DeadDialogProps {
  readonly count: number;
}

export function RetryDialog({ selection, count, which, onClose, onDone }: RetryDialogProps) {
  const pace = useSignal("");
  const isCascade = useSignal(false);
  const isBusy = useSignal(false);
  const retry = async () => {
    isBusy.value = true;
    try {
      const paced = pace.value === "" ? {} : { pace: pace.value };
      sayDone(formatRetried(await retryDead({ ...selection, ...paced, cascade: isCascade.value })));
      onDone();
    } catch (error) {
      sayFailed(error);
    }
    onClose();
  };
  const jobs = countOf(count, "job");
  return (
    <Dialog title={`Retry ${jobs}?`} onClose={onClose}>
      <div class="dialog-text">
        <p>
          {`The ${countOf(count, "dead job")} ${which} ${count === 1 ? "gets" : "get"} all attempts again.`}
        </p>
        <SelectField
          label="Pace"
          value={pace.value}
          options={paces}
          hint={pacedLength(count, pace.value)}
          onInput={(value) => pace.value = value}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isCascade.value}
            onChange={() => isCascade.value = !isCascade.value}
          />
          Also the jobs that were cancelled since they waited for these
        </label>
        {isBusy.value && <Progress count={count} />}
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose} disabled={isBusy.value}>Keep as it is</Button>
        <Button kind="primary" isBusy={isBusy.value} disabled={count === 0} onClick={() => void retry()}>
          {`Retry ${jobs}`}
        </Button>
      </footer>
    </Dialog>
  );
}

/** By the count of dead jobs, which the server tells while it is at it. */
function Progress({ count }: { readonly count: number }) {
  const before = useSignal(status.peek()?.dead ?? 0);
  const done = useComputed(() =>
    Math.min(count, Math.max(0, before.value - (status.value?.dead ?? before.value)))
  );
  return (
    <p class="dead-progress" role="status">
      <progress max={count} value={done.value} aria-label="Retried" />
      {`Retrying: ${formatCount(done.value)} of ${formatCount(count)}`}
    </p>
  );
}
