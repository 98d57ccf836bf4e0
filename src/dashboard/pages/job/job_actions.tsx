/** What can be done with a job as it stands; nothing where the server only shows. */

import { useSignal } from "@preact/signals";
import { isMissing } from "../../api/api_error.ts";
import { type BulkAction, changeJobs } from "../../api/calls.ts";
import type { ShownJob } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { confirm, type Question } from "../../components/confirm.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import { type Key, useKeys } from "../../keys/keys.ts";
import { isReadOnly } from "../../live/server.ts";
import { navigate } from "../../router/place.ts";
import { paths } from "../../router/routes.ts";
import { EditDialog } from "./edit_dialog.tsx";

export interface JobActionsProps {
  readonly job: ShownJob;
  readonly onChanged: () => void;
}

export function JobActions({ job, onChanged }: JobActionsProps) {
  const busy = useSignal<BulkAction | null>(null);
  const isEditing = useSignal(false);
  const may = allowed(job, isReadOnly.value);

  const change = async (action: BulkAction, done: string, question?: Question) => {
    if (busy.value !== null || (question !== undefined && !await confirm(question))) return;
    busy.value = action;
    try {
      await changeJobs(action, [job.id]);
      sayDone(done);
      if (action === "remove") navigate(paths.jobs);
      else onChanged();
    } catch (error) {
      if (isMissing(error)) onChanged();
      else sayFailed(error);
    }
    busy.value = null;
  };
  const cancel = () =>
    change(
      "cancel",
      job.state === "processing" ? `${job.id} is being ended` : `${job.id} is cancelled`,
      job.state === "processing"
        ? {
          title: `End ${job.id} while it runs?`,
          text: "What it runs is told to end, and then made to. It does not run again by itself.",
          action: "End it",
          isDangerous: true,
        }
        : undefined,
    );
  const retry = () => change("retry", `${job.id} is to run`);
  const remove = () =>
    change("remove", `${job.id} is removed`, {
      title: `Remove ${job.id}?`,
      text: "The job goes with its history and output. That cannot be undone.",
      action: "Remove it",
      isDangerous: true,
    });
  const edit = () => isEditing.value = true;

  useKeys([
    ...keyWhere(may.retry !== null, "r", may.retry ?? "", retry),
    ...keyWhere(may.edit, "e", "Edit it", edit),
    ...keyWhere(may.cancel, "c", "Cancel it", cancel),
    ...keyWhere(may.remove, "Delete", "Remove it", remove),
  ]);
  return (
    <>
      {may.retry !== null && (
        <Button kind="primary" isBusy={busy.value === "retry"} onClick={retry}>{may.retry}</Button>
      )}
      {may.edit && <Button onClick={edit}>Edit</Button>}
      {may.cancel && <Button isBusy={busy.value === "cancel"} onClick={cancel}>Cancel</Button>}
      {may.remove && <Button isBusy={busy.value === "remove"} onClick={remove}>Remove</Button>}
      {isEditing.value && may.edit && (
        <EditDialog
          job={job}
          onClose={() => isEditing.value = false}
          onChanged={onChanged}
        />
      )}
    </>
  );
}

function keyWhere(isThere: boolean, keys: string, does: string, run: () => void): readonly Key[] {
  return isThere ? [{ keys, does, run }] : [];
}

interface Allowed {
  /** What it is called here, or null. */
  readonly retry: string | null;
  readonly edit: boolean;
  readonly cancel: boolean;
  readonly remove: boolean;
}

function allowed({ state, attempts, run_at: at }: ShownJob, isRefused: boolean): Allowed {
  if (isRefused) return { retry: null, edit: false, cancel: false, remove: false };
  const isOver = state === "completed" || state === "dead" || state === "cancelled";
  const waits = state === "pending" && (attempts > 0 || Date.parse(at) > Date.now());
  return {
    retry: isOver ? (state === "completed" ? "Run again" : "Retry") : waits ? "Run at once" : null,
    edit: state === "pending" || state === "blocked",
    cancel: !isOver,
    remove: isOver,
  };
}
