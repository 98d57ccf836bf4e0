/** Says what became of something, at the edge of the page. Errors stay until they are closed. */

import { signal } from "@preact/signals";
import { ApiError } from "../api/api_error.ts";
import { Icon } from "./icon.tsx";
import { JobText } from "./job_text.tsx";

interface Toast {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly text: string;
  readonly hint: string | null;
}

const toasts = signal<readonly Toast[]>([]);
const shownMs = 6000;
let lastId = 0;

export function sayDone(text: string): void {
  const id = add({ kind: "done", text, hint: null });
  setTimeout(() => close(id), shownMs);
}

export function sayFailed(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  add({ kind: "failed", text, hint: error instanceof ApiError ? error.hint : null });
}

function add(toast: Omit<Toast, "id">): number {
  const id = ++lastId;
  // More than a few would cover the page.
  toasts.value = [...toasts.value.slice(-2), { ...toast, id }];
  return id;
}

function close(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Where they show; the layout has one. It is there before the first of them, so that screen readers hear it. */
export function ToastHost() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, kind, text, hint }) => (
        <div key={id} class={`toast is-${kind}`}>
          <p>
            <JobText text={text} />
            {hint !== null && (
              <small>
                <JobText text={hint} />
              </small>
            )}
          </p>
          <button type="button" aria-label="Close this message" onClick={() => close(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
