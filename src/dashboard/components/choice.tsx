/** A choice of few, all of them in sight: radio buttons in one row. */

import { useId } from "preact/hooks";

export interface ChoiceProps<Value extends string> {
  /** What is chosen; heard, and not seen. */
  readonly label: string;
  readonly value: Value;
  /** Values with what stands for them. */
  readonly options: readonly (readonly [value: Value, name: string])[];
  readonly onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <div class="choice" role="radiogroup" aria-label={label}>
      {options.map(([each, text]) => (
        <label key={each}>
          <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
          {text}
        </label>
      ))}
    </div>
  );
}
