/** What every page has: its title, also in the tab, and what can be done at once. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { url } from "../router/place.ts";

export interface PageProps {
  readonly title: string;
  /** Buttons beside the title. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Whether the page that is shown was come to from another one; the first one leaves the focus where it is. */
let firstPath: string | null = null;

export function Page({ title, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · queuectl`;
  }, [title]);
  useEffect(() => {
    const path = url.peek();
    if (firstPath === null) firstPath = path;
    else heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
