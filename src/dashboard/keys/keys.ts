/**
 * Keys for those who do not take their hands off the keyboard. A page or component says which keys it has while it is
 * there, and the list of keys (`?`) shows them all. Keys of one letter can be in the way of speech input and assistive
 * technology, so they can be turned off in that list; what they do can be done without them.
 */

import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Key {
  /** One key ("j", "/", "?"), or two in a row ("g j"). */
  readonly keys: string;
  /** What it does, as the list of keys says it. */
  readonly does: string;
  readonly run: () => void;
}

const storedAs = "queuectl.keys";

/** Those that are there now. */
export const presentKeys = signal<readonly Key[]>([]);
export const areKeysOn = signal(localStorage.getItem(storedAs) !== "off");

/** How long the second key of two may take, in milliseconds. */
const chordMs = 1200;
let first: { readonly key: string; readonly at: number } | null = null;

/** Has these keys while the component is there. */
export function useKeys(keys: readonly Key[]): void {
  const latest = useRef(keys);
  latest.current = keys;
  const names = keys.map((key) => key.keys).join(",");
  useEffect(() => {
    // What a key does may change with each rendering; which ones there are does not.
    const stable = keys.map(({ keys: name, does }, index) => ({
      keys: name,
      does,
      run: () => latest.current[index]?.run(),
    }));
    presentKeys.value = [...presentKeys.peek(), ...stable];
    return () => {
      presentKeys.value = presentKeys.peek().filter((key) => !stable.includes(key));
    };
  }, [names]);
}

export function startKeys(): void {
  effect(() => localStorage.setItem(storedAs, areKeysOn.value ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!areKeysOn.peek() || isTaken(event)) return;
    const found = findKey(event.key, event.timeStamp);
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
}

function isTaken(
  { target, altKey, ctrlKey, metaKey, isComposing, defaultPrevented }: KeyboardEvent,
): boolean {
  if (altKey || ctrlKey || metaKey || isComposing || defaultPrevented) return true;
  if (document.querySelector("dialog[open]") !== null) return true;
  return target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("select, textarea, input:not([type=checkbox], [type=radio])"));
}

/** The last one that came has the key, where two have the same. */
function findKey(key: string, at: number): Key | undefined {
  const before = first !== null && at - first.at < chordMs ? `${first.key} ` : "";
  first = null;
  const keys = presentKeys.peek();
  const found = keys.findLast((each) => each.keys === before + key) ??
    keys.findLast((each) => each.keys === key);
  if (found === undefined && keys.some((each) => each.keys.startsWith(`${key} `))) first = { key, at };
  return found;
}
