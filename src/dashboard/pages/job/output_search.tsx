/** Searches what is loaded of an output: how often it is there, and from one place to the next. */

import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import type { Ref } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../../components/icon.tsx";
import { formatCount } from "../../format/count.ts";
import type { OutputSource } from "../../output/output_source.ts";
import { type Found, mostFound, searchLines } from "../../output/search_output.ts";

export interface Search {
  readonly wanted: ReadonlySignal<string>;
  readonly found: ReadonlySignal<readonly Found[]>;
  /** The place that was gone to last, or null. */
  readonly current: ReadonlySignal<Found | null>;
  want(text: string): void;
  /** To the next place (1), or to the one before (-1); from the last one to the first. */
  step(by: 1 | -1): void;
}

/** How long it waits for more letters, or more output, in milliseconds. */
const restMs = 200;

export function useOutputSearch(source: OutputSource): Search {
  const wanted = useSignal("");
  const found = useSignal<readonly Found[]>([]);
  const current = useSignal<Found | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      const places = searchLines(source.text.lines, source.text.firstNumber, wanted.peek());
      if (places.length > 0 || found.peek().length > 0) found.value = places;
      const { line = NaN, from = NaN } = current.peek() ?? {};
      current.value = places.find((each) => each.line === line && each.from === from) ?? null;
    };
    const lookSoon = () => timer ??= setTimeout(look, restMs);
    const stops = [wanted.subscribe(lookSoon), source.version.subscribe(lookSoon)];
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(timer);
    };
  }, [source]);
  return {
    wanted,
    found,
    current,
    want(text) {
      wanted.value = text;
    },
    step(by) {
      const places = found.value;
      const at = current.value === null ? (by === 1 ? -1 : 0) : places.indexOf(current.value);
      current.value = places.at((at + by) % Math.max(1, places.length)) ?? null;
    },
  };
}

export function OutputSearch(
  { search, box }: { readonly search: Search; readonly box: Ref<HTMLInputElement> },
) {
  const { wanted, found, current } = search;
  const says = useComputed(() => {
    if (wanted.value === "") return "";
    const count = found.value.length;
    if (count === 0) return "Not found";
    const all = count >= mostFound ? `${formatCount(count)}+` : formatCount(count);
    return current.value === null
      ? `${all} found`
      : `${formatCount(found.value.indexOf(current.value) + 1)} of ${all}`;
  });
  const hasNone = found.value.length === 0;
  return (
    <div class="output-search" role="search">
      <input
        ref={box}
        type="search"
        aria-label="Search in the output that is loaded"
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        value={wanted.value}
        onInput={({ currentTarget }) => search.want(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search.step(event.shiftKey ? -1 : 1);
          else if (event.key === "Escape") event.currentTarget.blur();
          else return;
          event.preventDefault();
        }}
      />
      <button type="button" aria-label="Place before" disabled={hasNone} onClick={() => search.step(-1)}>
        <Icon name="up" />
      </button>
      <button type="button" aria-label="Next place" disabled={hasNone} onClick={() => search.step(1)}>
        <Icon name="down" />
      </button>
      <span class="output-count" role="status">{says}</span>
    </div>
  );
}
