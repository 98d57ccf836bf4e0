/** The filters, bound to the URL. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { readJob, readQueues } from "../../api/calls.ts";
import type { QueryValues } from "../../api/query_text.ts";
import { shownStates, stateWords } from "../../format/job_state.ts";
import { useKeys } from "../../keys/keys.ts";
import { useResource } from "../../live/resource.ts";
import { changeQuery, navigate } from "../../router/place.ts";
import { jobUrl } from "../../router/routes.ts";
import { chipsOf, type JobFilters, mayBeId, noFilters, sinceWords, start } from "./filters.ts";

/** How long nothing is typed until it is searched for, in milliseconds. */
const typingMs = 300;
const sinceChoices = ["15m", "1h", "24h", "7d"];

const change = (values: QueryValues) => changeQuery({ ...values, ...start });

export function FilterForm({ filters }: { readonly filters: JobFilters }) {
  const queues = useResource("queues", readQueues, { restMs: 10_000 });
  const names = (queues.value.value ?? []).map(({ name }) => name);
  const { state, queue, label, meta, since } = filters;
  const queueNames = queue === "" || names.includes(queue) ? names : [queue, ...names];
  const sinceNames = since === "" || sinceChoices.includes(since) ? sinceChoices : [since, ...sinceChoices];
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search text={filters.text} />
      <SelectField
        label="State"
        value={state}
        options={[["", "Any state"], ...shownStates.map((each) => [each, stateWords[each].name] as const)]}
        onInput={(value) => change({ state: value })}
      />
      <SelectField
        label="Queue"
        value={queue}
        options={[["", "Any queue"], ...queueNames.map((each) => [each, each] as const)]}
        onInput={(value) => change({ queue: value })}
      />
      <SelectField
        label="Enqueued"
        value={since}
        options={[["", "At any time"], ...sinceNames.map((each) => [each, sinceWords(each)] as const)]}
        onInput={(value) => change({ since: value })}
      />
      <details class="more-filters">
        <summary>Label, meta</summary>
        <OneText
          name="label"
          label="Label, exactly"
          onDone={(text) => change({ label: text })}
          value={label}
        />
        <OneText
          name="meta"
          label="Meta, NAME=VALUE"
          value=""
          onDone={(text) => text !== "" && !meta.includes(text) && change({ meta: [...meta, text] })}
        />
      </details>
    </form>
  );
}

function Search({ text }: { readonly text: string }) {
  const typed = useSignal(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(text);
  const field = useRef<HTMLDivElement>(null);
  const input = () => field.current?.querySelector("input");
  useKeys([{ keys: "/", does: "Search the jobs", run: () => input()?.select() }]);
  useEffect(() => {
    // Only what comes from elsewhere, such as Back, takes the place of what is typed.
    if (text !== sent.current) typed.value = sent.current = text;
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = () => {
    clearTimeout(timer.current);
    if (typed.value === sent.current) return;
    sent.current = typed.value;
    changeQuery({ text: typed.value, ...start }, { replaces: true });
  };
  return (
    <div
      ref={field}
      class="search"
      onKeyDown={({ key }) => {
        if (key === "Enter") void openJob(typed.value.trim()).then((isOpen) => isOpen || send());
        if (key === "Escape" && typed.value === "") input()?.blur();
      }}
    >
      <TextField
        type="search"
        label="Id, label, command or error"
        name="text"
        value={typed.value}
        onInput={(value) => {
          typed.value = value;
          clearTimeout(timer.current);
          timer.current = setTimeout(send, typingMs);
        }}
      />
      <Icon name="search" />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

/** Goes to the job of that id, where there is one. */
async function openJob(id: string): Promise<boolean> {
  if (!mayBeId(id)) return false;
  try {
    await readJob(id);
  } catch {
    return false;
  }
  navigate(jobUrl(id));
  return true;
}

interface OneTextProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onDone: (text: string) => void;
}

/** A text that is used when it is done: by Enter, or when the field is left. */
function OneText({ name, label, value, onDone }: OneTextProps) {
  const typed = useSignal(value);
  useEffect(() => {
    typed.value = value;
  }, [value]);
  const done = () => {
    if (typed.value === value) return;
    onDone(typed.value);
    typed.value = value;
  };
  return (
    <div onKeyDown={({ key }) => key === "Enter" && done()} onFocusOut={done}>
      <TextField
        label={label}
        name={name}
        value={typed.value}
        onInput={(text) => {
          typed.value = text;
        }}
      />
    </div>
  );
}

/** The filters that are set, each with a way to take it away. */
export function FilterChips({ filters }: { readonly filters: JobFilters }) {
  const chips = chipsOf(filters);
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters that are set">
      {chips.map(({ text, without }) => (
        <li key={text}>
          <button
            type="button"
            class="chip"
            aria-label={`Take away: ${text}`}
            onClick={() => changeQuery(without)}
          >
            {text} <Icon name="close" />
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <Button kind="quiet" onClick={clearFilters}>Clear all</Button>
        </li>
      )}
    </ul>
  );
}

export function clearFilters(): void {
  change(Object.fromEntries(Object.keys(noFilters).map((name) => [name, null])));
}
