/** Copies a text; not there where the browser lets no page do so (it does on https and on this machine). */

import { useSignal } from "@preact/signals";
import { Icon } from "./icon.tsx";
import { sayFailed } from "./toast.tsx";

export interface CopyButtonProps {
  readonly text: string;
  /** "Copy the command". */
  readonly label: string;
}

/** How long it says that it has, in milliseconds. */
const saidMs = 2000;

export function CopyButton({ text, label }: CopyButtonProps) {
  const isDone = useSignal(false);
  if (navigator.clipboard === undefined) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      isDone.value = true;
      setTimeout(() => isDone.value = false, saidMs);
    } catch {
      sayFailed(new Error("The browser did not let this page copy it"));
    }
  };
  return (
    <button
      type="button"
      class="copy"
      aria-label={isDone.value ? "Copied" : label}
      title={label}
      onClick={copy}
    >
      <Icon name={isDone.value ? "done" : "copy"} />
    </button>
  );
}
