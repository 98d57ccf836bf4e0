/** Asks before something is done that cannot be undone. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export interface Question {
  /** What is to be done, as a question: "Remove 12 jobs?". */
  readonly title: string;
  /** What that means for whoever says yes. */
  readonly text: ComponentChildren;
  /** What the button says: "Remove 12 jobs". */
  readonly action: string;
  readonly isDangerous?: boolean;
}

const asked = signal<{ readonly question: Question; readonly answer: (isYes: boolean) => void } | null>(null);

/** Whether the answer is yes. A second question takes the place of the first, which is then answered by no. */
export function confirm(question: Question): Promise<boolean> {
  asked.peek()?.answer(false);
  return new Promise((resolve) => {
    asked.value = { question, answer: resolve };
  });
}

/** Where questions show; the layout has one. */
export function ConfirmHost() {
  if (asked.value === null) return null;
  const { question: { title, text, action, isDangerous = false }, answer } = asked.value;
  const say = (isYes: boolean) => {
    asked.value = null;
    answer(isYes);
  };
  return (
    <Dialog title={title} onClose={() => say(false)}>
      <div class="dialog-text">{text}</div>
      <footer class="dialog-foot">
        <Button onClick={() => say(false)} autofocus={isDangerous}>Keep as it is</Button>
        <Button kind={isDangerous ? "danger" : "primary"} onClick={() => say(true)}>{action}</Button>
      </footer>
    </Dialog>
  );
}
