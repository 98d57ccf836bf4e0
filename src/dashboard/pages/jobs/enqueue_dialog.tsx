/** The form of a new job. What the server refuses is said at the field that it is about. */

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { ApiError } from "../../api/api_error.ts";
import { enqueue } from "../../api/calls.ts";
import { Button } from "../../components/button.tsx";
import { confirm, type Question } from "../../components/confirm.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { AreaField, TextField } from "../../components/field.tsx";
import { Problem } from "../../components/problem.tsx";
import { sayDone } from "../../components/toast.tsx";
import { sentence } from "../../format/sentence.ts";
import {
  advancedFields,
  bodyOf,
  emptyForm,
  fieldOfProblem,
  isTyped,
  type NewJobField,
  type NewJobForm,
} from "./new_job.ts";

interface FieldWords {
  readonly label: string;
  readonly placeholder?: string;
  readonly hint?: string;
  /** Lines that show at once; one line where it is left out. */
  readonly rows?: number;
}

const words: Readonly<Record<NewJobField, FieldWords>> = {
  command: { label: "Command", rows: 3, placeholder: "echo hello" },
  queue: { label: "Queue", placeholder: "default" },
  priority: { label: "Priority", placeholder: "0", hint: "Higher ones go first" },
  delay: { label: "Delay", placeholder: "10m" },
  max_retries: { label: "Attempts", hint: "In all, before it is dead" },
  key: { label: "Key", hint: "Limits count jobs by it" },
  unique: { label: "Unique key", hint: "One job has it at a time" },
  id: { label: "Id", hint: "Made up where it is empty" },
  run_at: { label: "Run at", placeholder: "2026-12-31T23:00:00Z" },
  expires: { label: "Expires", placeholder: "2h", hint: "Cancelled if not started by then" },
  timeout: { label: "Timeout", placeholder: "30m" },
  cwd: { label: "Folder", hint: "The server's own where it is empty" },
  label: { label: "Label" },
  meta: { label: "Meta", rows: 2, hint: "NAME=VALUE, one a line" },
  env: { label: "Environment", rows: 2, hint: "NAME=VALUE, one a line" },
  needs: { label: "Needs tags", placeholder: "gpu, linux" },
  after: { label: "After jobs", hint: "Their ids; all must complete first" },
  stdin: { label: "Standard input", rows: 2 },
  webhook: { label: "Webhook", placeholder: "https://…", hint: "Its end is posted there" },
};

const briefFields: readonly NewJobField[] = ["queue", "priority", "delay", "max_retries", "key", "unique"];

const throwAway: Question = {
  title: "Throw away what you have typed?",
  text: "The job is not enqueued.",
  action: "Throw it away",
  isDangerous: true,
};

export interface EnqueueDialogProps {
  /** Which queues there are. */
  readonly queues: readonly string[];
  /** The one that is filtered by; "" for none. */
  readonly queue: string;
  /** Told when a job is stored. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function EnqueueDialog({ queues, queue, onDone, onClose }: EnqueueDialogProps) {
  const first = useRef<NewJobForm>({ ...emptyForm, queue });
  const form = useSignal(first.current);
  const problem = useSignal<ApiError | null>(null);
  const isBusy = useSignal(false);
  const isUnfolded = useSignal(false);
  // The same for each try of this form, so that none stores it twice; another form has another one.
  const key = useRef(newKey());
  const place = useRef<HTMLFormElement>(null);
  const listId = useId();
  const wrongField = problem.value === null ? null : fieldOfProblem(problem.value);

  const close = async () => {
    if (isTyped(form.value, first.current) && !await confirm(throwAway)) return;
    onClose();
  };
  const send = async () => {
    isBusy.value = true;
    problem.value = null;
    try {
      const { id, conflict } = await enqueue(bodyOf(form.value), key.current);
      sayDone(conflict === "kept" ? `Job ${id} has that unique key, and was kept` : `Job ${id} is enqueued`);
      onDone();
      onClose();
    } catch (error) {
      problem.value = error instanceof ApiError ? error : new ApiError(0, String(error));
      const field = fieldOfProblem(problem.value);
      if (field !== null && advancedFields.includes(field)) isUnfolded.value = true;
      // After it has been drawn, and can take the focus again.
      setTimeout(() => place.current?.querySelector<HTMLElement>(`[name="${field}"]`)?.focus());
    }
    isBusy.value = false;
  };
  const field = (name: NewJobField) => {
    const { rows, ...others } = words[name];
    const common = {
      ...others,
      name,
      value: form.value[name],
      error: wrongField === name ? textOf(problem.value!) : null,
      onInput: (value: string) => {
        form.value = { ...form.value, [name]: value };
        key.current = newKey();
      },
    };
    if (rows !== undefined) return <AreaField key={name} {...common} rows={rows} />;
    return <TextField key={name} {...common} {...(name === "queue" ? { list: listId } : {})} />;
  };
  return (
    <Dialog title="Enqueue a job" onClose={() => void close()}>
      <form
        ref={place}
        class="enqueue"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
        }}
      >
        {problem.value !== null && wrongField === null && <Problem error={problem.value} />}
        {field("command")}
        <div class="enqueue-fields">{briefFields.map(field)}</div>
        <datalist id={listId}>{queues.map((name) => <option key={name} value={name} />)}</datalist>
        <details
          open={isUnfolded.value}
          onToggle={({ currentTarget }) => {
            isUnfolded.value = currentTarget.open;
          }}
        >
          <summary>More fields</summary>
          <div class="enqueue-fields">{advancedFields.map(field)}</div>
        </details>
        <footer class="dialog-foot">
          <Button onClick={() => void close()}>Close</Button>
          <Button kind="primary" type="submit" isBusy={isBusy.value}>Enqueue</Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** What was found, without what could not be done, which the dialog says. */
function textOf({ message, hint }: ApiError): string {
  const found = message.replace(/^Cannot enqueue [^:]*: /, "");
  return [found, ...(hint === null ? [] : [hint])].map(sentence).join(" ");
}

function newKey(): string {
  // Not randomUUID, which browsers have on encrypted connections alone.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
