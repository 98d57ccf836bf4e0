/** A field of a form: its label, what it takes, and what is wrong with it. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly name?: string;
  readonly hint?: string;
  readonly error?: string | null;
  readonly isRequired?: boolean;
}

export interface TextFieldProps extends Common {
  readonly type?: "text" | "search" | "number";
  readonly placeholder?: string;
  /** The id of a datalist with values to choose from. */
  readonly list?: string;
  /** Whether it has the focus when it appears. */
  readonly isFirst?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { type = "text", placeholder = "", list, isFirst = false, isRequired = false } = props;
  return (
    <Field {...props}>
      {(control) => (
        <input
          {...control}
          type={type}
          name={props.name ?? ""}
          value={props.value}
          placeholder={placeholder}
          required={isRequired}
          autofocus={isFirst}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          {...(list === undefined ? {} : { list })}
          onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface AreaFieldProps extends Common {
  readonly rows?: number;
  readonly placeholder?: string;
}

export function AreaField(props: AreaFieldProps) {
  return (
    <Field {...props}>
      {(control) => (
        <textarea
          {...control}
          name={props.name ?? ""}
          rows={props.rows ?? 3}
          value={props.value}
          placeholder={props.placeholder ?? ""}
          required={props.isRequired ?? false}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface SelectFieldProps extends Common {
  /** Values with what stands for them. */
  readonly options: readonly (readonly [value: string, name: string])[];
}

export function SelectField(props: SelectFieldProps) {
  return (
    <Field {...props}>
      {(control) => (
        <select
          {...control}
          name={props.name ?? ""}
          required={props.isRequired ?? false}
          onChange={({ currentTarget }) => props.onInput(currentTarget.value)}
        >
          {props.options.map(([each, name]) => (
            <option key={each} value={each} selected={each === props.value}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface Control {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: boolean;
}

interface FieldProps extends Pick<Common, "label" | "hint" | "error"> {
  readonly children: (control: Control) => ComponentChildren;
}

function Field({ label, hint, error = null, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  const control = {
    id,
    ...(note === undefined ? {} : { "aria-describedby": `${id}-note` }),
    ...(error === null ? {} : { "aria-invalid": true }),
  };
  return (
    <div class="field">
      <label htmlFor={id}>{label}</label>
      {children(control)}
      {note !== undefined && <small id={`${id}-note`} class={error === null ? "" : "is-wrong"}>{note}</small>}
    </div>
  );
}
