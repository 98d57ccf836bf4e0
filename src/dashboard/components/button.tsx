/** A button: it says what it does, and while that is under way it is busy and takes no second click. */

import type { ComponentChildren, JSX } from "preact";

export interface ButtonProps extends Omit<JSX.IntrinsicElements["button"], "size" | "loading"> {
  /** `danger` is for what cannot be undone, `quiet` for what is seldom used. */
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  readonly isBusy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = "plain", isBusy = false, children, ...others }: ButtonProps) {
  return (
    <button
      type="button"
      {...others}
      class={`button ${kind}`}
      aria-busy={isBusy}
      disabled={isBusy || others.disabled === true}
    >
      {children}
    </button>
  );
}
