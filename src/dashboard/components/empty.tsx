/** In place of what is not there: why, and what to do about it. */

import type { ComponentChildren } from "preact";

export interface EmptyProps {
  /** "No job is dead." */
  readonly title: string;
  /** What to do, with a command where there is one. */
  readonly children?: ComponentChildren;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}
