/** The filters of dead letters, whose values are in the URL. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { QueryValues } from "../../api/query_text.ts";
import { SelectField, TextField } from "../../components/field.tsx";
import { useKeys } from "../../keys/keys.ts";
import { changeQuery } from "../../router/place.ts";
import { ageOf, agesFor, type DeadFilter, paramsOfAge } from "./filter.ts";

export interface FiltersProps {
  readonly filter: DeadFilter;
  /** To choose from. */
  readonly queues: readonly string[];
}

export function Filters({ filter, queues }: FiltersProps) {
  const form = useRef<HTMLFormElement>(null);
  useKeys([{
    keys: "/",
    does: "Search",
    run: () => form.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus(),
  }]);
  const names = filter.queue === "" || queues.includes(filter.queue) ? queues : [...queues, filter.queue];
  return (
    <form
      ref={form}
      class="dead-filters"
      role="search"
      aria-label="Dead letters"
      onSubmit={(event) => event.preventDefault()}
    >
      <TypedField
        label="Text"
        type="search"
        placeholder="in the command or the error"
        value={filter.contains}
        onSettled={(contains) => change({ contains })}
      />
      <SelectField
        label="Queue"
        value={filter.queue}
        options={[["", "Every queue"], ...names.map((name) => [name, name] as const)]}
        onInput={(queue) => change({ queue })}
      />
      <SelectField
        label="Died"
        value={ageOf(filter)}
        options={agesFor(filter)}
        onInput={(age) => change(paramsOfAge(age))}
      />
      <TypedField
        label="Exit code"
        type="text"
        placeholder="any"
        value={filter.exit_code}
        onSettled={(exit_code) => change({ exit_code })}
      />
    </form>
  );
}

/** Another filter begins with its first page. */
function change(values: QueryValues): void {
  changeQuery({ ...values, after: null }, { replaces: true });
}

interface TypedFieldProps {
  readonly label: string;
  readonly type: "text" | "search";
  readonly placeholder: string;
  readonly value: string;
  readonly onSettled: (value: string) => void;
}

/** Until nobody types for so long, in milliseconds. */
const settleMs = 250;

/** Tells its value when whoever types has come to a rest. */
function TypedField({ value, onSettled, ...field }: TypedFieldProps) {
  const typed = useSignal(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    typed.value = value;
    return () => clearTimeout(timer.current);
  }, [value]);
  return (
    <TextField
      {...field}
      value={typed.value}
      onInput={(text) => {
        typed.value = text;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onSettled(text.trim()), settleMs);
      }}
    />
  );
}
