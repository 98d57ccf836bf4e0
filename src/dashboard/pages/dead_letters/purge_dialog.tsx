/** Asks which dead jobs are to be deleted, says how many that is, and deletes them. */

import { useSignal } from "@preact/signals";
import { groupDead, purgeDead } from "../../api/calls.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { SelectField } from "../../components/field.tsx";
import { Loaded } from "../../components/loaded.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import { countOf } from "../../format/count.ts";
import { useResource } from "../../live/resource.ts";
import { countMeant, type DeadFilter, mayChangeDead, queryOfGroups, selectionOf } from "./filter.ts";

export interface PurgeDialogProps {
  /** What the page shows; the dialog asks for an age beside it. */
  readonly filter: DeadFilter;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const olderThan: readonly (readonly [value: string, name: string])[] = [
  ["", "At any time"],
  ["1h", "More than an hour ago"],
  ["1d", "More than a day ago"],
  ["7d", "More than 7 days ago"],
  ["30d", "More than 30 days ago"],
  ["90d", "More than 90 days ago"],
];

export function PurgeDialog({ filter, onClose, onDone }: PurgeDialogProps) {
  const age = useSignal(filter.older_than);
  const isBusy = useSignal(false);
  const meant = { ...filter, older_than: age.value };
  const groups = useResource(
    `purge ${JSON.stringify(meant)}`,
    (signal) => groupDead(queryOfGroups(meant), signal),
    { isAffected: mayChangeDead },
  );
  const count = groups.value.value === null ? null : countMeant(groups.value.value, meant);
  const purge = async () => {
    isBusy.value = true;
    try {
      const { deleted } = await purgeDead(selectionOf(meant));
      sayDone(`${countOf(deleted, "dead job")} ${deleted === 1 ? "was" : "were"} deleted.`);
      onDone();
    } catch (error) {
      sayFailed(error);
    }
    onClose();
  };
  const isKnown = olderThan.some(([each]) => each === filter.older_than);
  return (
    <Dialog title="Delete dead letters?" onClose={onClose}>
      <div class="dialog-text">
        <SelectField
          label="Those that died"
          value={age.value}
          options={isKnown ? olderThan : [...olderThan, [filter.older_than, `Before ${filter.older_than}`]]}
          onInput={(value) => age.value = value}
        />
        <Loaded resource={groups} lines={1}>
          {() => (
            <p role="status">
              {count === 0
                ? "None of those that this page shows died then."
                : `${countOf(count ?? 0, "dead job")} ${
                  count === 1 ? "goes" : "go"
                } for good, with all history and output.`}
            </p>
          )}
        </Loaded>
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose} disabled={isBusy.value}>Keep them</Button>
        <Button
          kind="danger"
          isBusy={isBusy.value}
          disabled={count === null || count === 0}
          onClick={() => void purge()}
        >
          {count === null ? "Delete" : `Delete ${countOf(count, "job")}`}
        </Button>
      </footer>
    </Dialog>
  );
}
