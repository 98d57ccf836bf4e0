/** Changes a queue, or sets up a new one. What is wrong stands at its field. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { ApiError } from "../../api/api_error.ts";
import { changeQueue, renameQueue } from "../../api/calls.ts";
import { fieldErrorsOf } from "../../api/field_errors.ts";
import type { Queue } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { sayDone } from "../../components/toast.tsx";
import {
  plainValues,
  type QueueField,
  queueFields,
  type QueueValues,
  readQueueForm,
  valuesOf,
} from "./queue_form.ts";
import { defaultsText, type QueueState, queueStateWords } from "./queue_words.ts";

type Errors = Readonly<Record<string, string | undefined>>;

export interface QueueDialogProps {
  readonly queue: Queue;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

export function QueueDialog({ queue, onClose, onChanged }: QueueDialogProps) {
  const before = valuesOf(queue);
  const values = useSignal(before);
  const name = useSignal(queue.name);
  const form = useForm(onClose, onChanged);
  const save = () => {
    const { changes, errors } = readQueueForm(before, values.value);
    return form.save(errors, async () => {
      if (Object.keys(changes).length > 0) await changeQueue(queue.name, changes);
      if (name.value.trim() !== queue.name) await renameQueue(queue.name, name.value.trim());
      sayDone(`${name.value.trim()} is changed`);
    });
  };
  const letGoOn = () =>
    form.save({}, async () => {
      await changeQueue(queue.name, { throttle_for: null });
      sayDone(`${queue.name} goes on`);
    });
  const defaults = defaultsText(queue.defaults);
  return (
    <Dialog title={`Change ${queue.name}`} onClose={onClose}>
      <Form form={form} onClose={onClose} onSave={save} action="Save">
        <TextField
          label="Name"
          hint="with another name go all its jobs and settings; workers take jobs by the name"
          value={name.value}
          error={form.errors.value.to ?? null}
          onInput={(value) => name.value = value}
        />
        <QueueFields values={values} errors={form.errors.value} />
        {queue.throttled_until !== null && (
          <p class="queue-throttled">
            <span>
              Throttled: it goes on <Ago at={queue.throttled_until} />.
            </span>
            <Button onClick={() => void letGoOn()}>Let it go on now</Button>
          </p>
        )}
        {defaults !== "" && <p class="soft">Its jobs get, unless they say it themselves: {defaults}.</p>}
      </Form>
    </Dialog>
  );
}

export function NewQueueDialog({ onClose, onChanged }: Omit<QueueDialogProps, "queue">) {
  const values = useSignal(plainValues);
  const name = useSignal("");
  const form = useForm(onClose, onChanged);
  const save = () => {
    const { changes, errors } = readQueueForm({ ...plainValues, state: "" }, values.value);
    const missing = name.value.trim() === "" ? { name: "A queue has a name." } : {};
    return form.save({ ...errors, ...missing }, async () => {
      await changeQueue(name.value.trim(), changes);
      sayDone(`${name.value.trim()} is set up`);
    });
  };
  return (
    <Dialog title="Set up a queue" onClose={onClose}>
      <Form form={form} onClose={onClose} onSave={save} action="Set it up">
        <TextField
          label="Name"
          isFirst
          hint="letters, digits and . _ -"
          value={name.value}
          error={form.errors.value.name ?? null}
          onInput={(value) => name.value = value}
        />
        <QueueFields values={values} errors={form.errors.value} />
      </Form>
    </Dialog>
  );
}

const states: readonly QueueState[] = ["open", "paused", "draining"];

function QueueFields({ values, errors }: { readonly values: Signal<QueueValues>; readonly errors: Errors }) {
  const field = (name: QueueField) => ({
    name,
    value: values.value[name],
    error: errors[name] ?? null,
    onInput: (value: string) => values.value = { ...values.value, [name]: value },
  });
  return (
    <>
      <SelectField
        label="State"
        options={states.map((state) => {
          const { name, means } = queueStateWords[state];
          return [state, `${name}: ${means}`];
        })}
        {...field("state")}
      />
      <div class="form-row">
        <TextField
          label="Running at once"
          placeholder="no limit"
          hint="of all its jobs"
          {...field("limit")}
        />
        <TextField
          label="Per key"
          placeholder="no limit"
          hint="of jobs with the same key"
          {...field("key_limit")}
        />
        <TextField label="Rate" placeholder="no limit" hint="such as 10/m, 5/s, 3/10s" {...field("rate")} />
      </div>
      <TextField
        label="Throttle for"
        placeholder="as it is"
        hint={`nothing starts for so long, such as "10m"`}
        {...field("throttle_for")}
      />
      <TextField
        label="Webhook"
        placeholder="none"
        hint="the ends of its jobs are posted there; a name and password in it show as …"
        {...field("webhook")}
      />
    </>
  );
}

interface FormState {
  readonly errors: Signal<Errors>;
  readonly isBusy: Signal<boolean>;
  /** Does it unless there are errors already; closes the dialog where it was done. */
  save(errors: Errors, run: () => Promise<void>): Promise<void>;
}

function useForm(onClose: () => void, onChanged: () => void): FormState {
  const errors = useSignal<Errors>({});
  const isBusy = useSignal(false);
  const save = async (found: Errors, run: () => Promise<void>) => {
    errors.value = found;
    if (Object.keys(found).length > 0) return;
    isBusy.value = true;
    try {
      await run();
      onClose();
    } catch (thrown) {
      const error = thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown));
      errors.value = fieldErrorsOf(error, [...queueFields, "to"]);
    }
    isBusy.value = false;
    onChanged();
  };
  return { errors, isBusy, save };
}

interface FormProps {
  readonly form: FormState;
  readonly action: string;
  readonly onClose: () => void;
  readonly onSave: () => Promise<void>;
  readonly children: ComponentChildren;
}

function Form({ form, action, onClose, onSave, children }: FormProps) {
  const general = form.errors.value[""];
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void onSave();
      }}
    >
      {general !== undefined && <p class="problem" role="alert">{general}</p>}
      {children}
      <footer class="dialog-foot">
        <Button onClick={onClose}>Leave it</Button>
        <Button kind="primary" type="submit" isBusy={form.isBusy.value}>{action}</Button>
      </footer>
    </form>
  );
}
