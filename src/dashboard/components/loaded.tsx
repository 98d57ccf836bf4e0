/** Shows a resource when it is there; before that that it comes, and else why it does not. What was there stays shown. */

import type { ComponentChildren } from "preact";
import { connection } from "../live/events.ts";
import type { Resource } from "../live/resource.ts";
import { Problem } from "./problem.tsx";
import { Loading } from "./loading.tsx";

export interface LoadedProps<Value> {
  readonly resource: Resource<Value>;
  /** How many lines it will take, about, so that the page does not jump. */
  readonly lines?: number;
  readonly children: (value: Value) => ComponentChildren;
}

export function Loaded<Value>({ resource, lines = 3, children }: LoadedProps<Value>) {
  const { value, error, reload } = resource;
  // Of a lost connection the layout tells, once for all that is shown.
  const isTold = value.value !== null && error.value?.status === 0 && connection.value === "lost";
  return (
    <>
      {error.value !== null && !isTold && <Problem error={error.value} onRetry={reload} />}
      {value.value !== null && children(value.value)}
      {value.value === null && error.value === null && <Loading lines={lines} />}
    </>
  );
}
