/** How long something goes on already. */

import { useComputed } from "@preact/signals";
import { formatExact } from "../format/instant.ts";
import { formatLength } from "../format/length.ts";
import { now } from "../live/clock.ts";

export function Elapsed({ since }: { readonly since: string }) {
  const from = Date.parse(since);
  const text = useComputed(() => formatLength(Math.max(0, Math.floor((now.value - from) / 1000) * 1000)));
  return <time dateTime={since} title={`since ${formatExact(since)}`}>{text}</time>;
}
