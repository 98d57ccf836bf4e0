/** How long ago something was, or in which time it will be; the exact time shows on the pointer and is in the markup. */

import { useComputed } from "@preact/signals";
import { formatAgo, formatExact } from "../format/instant.ts";
import { now } from "../live/clock.ts";

export interface AgoProps {
  /** As the API gives it; null shows a dash. */
  readonly at: string | null;
}

export function Ago({ at }: AgoProps) {
  if (at === null) return <span class="none">–</span>;
  return <KnownAgo key={at} at={at} />;
}

function KnownAgo({ at }: { readonly at: string }) {
  const instant = Date.parse(at);
  const text = useComputed(() => formatAgo(instant, now.value));
  return <time dateTime={at} title={formatExact(at)}>{text}</time>;
}
