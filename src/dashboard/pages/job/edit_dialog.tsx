/** Changes a job that waits. What is wrong stands at its field, in the words that the command line has too. */

import { useSignal } from "@preact/signals";
import { ApiError, isMissing } from "../../api/api_error.ts";
import { editJob } from "../../api/calls.ts";
import { fieldErrorsOf } from "../../api/field_errors.ts";
import type { ShownJob } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { AreaField, TextField } from "../../components/field.tsx";
import { sayDone } from "../../components/toast.tsx";
import { apiFields, changesOf, type EditField, fieldOf, valuesOf } from "./edit_form.ts";

export interface EditDialogProps {
  readonly job: ShownJob;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

export function EditDialog({ job, onClose, onChanged }: EditDialogProps) {
  const values = useSignal(valuesOf(job));
  const errors = useSignal<Readonly<Partial<Record<EditField | "", string>>>>({});
  const isBusy = useSignal(false);
  const save = async () => {
    const changes = changesOf(job, values.value);
    if (Object.keys(changes).length === 0) return onClose();
    isBusy.value = true;
    try {
      await editJob(job.id, changes);
      sayDone(`${job.id} is changed`);
      onChanged();
      onClose();
    } catch (thrown) {
      if (isMissing(thrown)) {
        onChanged();
        return onClose();
      }
      const error = thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown));
      errors.value = Object.fromEntries(
        Object.entries(fieldErrorsOf(error, apiFields)).map(([name, text]) => [fieldOf(name), text]),
      );
    }
    isBusy.value = false;
  };
  const field = (name: EditField) => ({
    name,
    value: values.value[name],
    error: errors.value[name] ?? null,
    onInput: (value: string) => values.value = { ...values.value, [name]: value },
  });
  const general = errors.value[""];
  return (
    <Dialog title={`Edit ${job.id}`} onClose={onClose}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {general !== undefined && <p class="problem" role="alert">{general}</p>}
        <AreaField
          label={job.argv === null ? "Command" : "Words of the command, as a list of JSON"}
          {...field("command")}
        />
        <div class="form-row">
          <TextField label="Queue" {...field("queue")} />
          <TextField label="Priority" hint="higher goes first" {...field("priority")} />
          <TextField label="Attempts in all" {...field("max_retries")} />
        </div>
        <TextField
          label="Start"
          placeholder="as it is"
          hint={`a wait such as "10m", "0s" for at once, or a time such as 2026-12-31T23:00:00Z`}
          {...field("start")}
        />
        <div class="form-row">
          <TextField label="Timeout" placeholder="as the settings say" {...field("timeout")} />
          <TextField label="Kill after" placeholder="as the settings say" {...field("kill_after")} />
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Leave it</Button>
          <Button kind="primary" type="submit" isBusy={isBusy.value}>Save</Button>
        </footer>
      </form>
    </Dialog>
  );
}
