/** The first line of all: that all is well, or what needs somebody. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { formatPoint } from "../../format/instant.ts";
import { now } from "../../live/clock.ts";
import { connection } from "../../live/events.ts";
import { calmSentence, type Finding, findingsOf, type HealthFacts } from "./health.ts";

export function HealthPanel({ facts }: { readonly facts: HealthFacts }) {
  const lostAt = useSignal<number | null>(null);
  useSignalEffect(() => {
    lostAt.value = connection.value === "lost" ? lostAt.peek() ?? now.peek() : null;
  });
  const isLost = lostAt.value !== null;
  const findings = findingsOf(facts);
  const isWell = findings.every(({ weight }) => weight === "note");
  return (
    <section class="health" aria-label="How it is" role="status">
      {isLost && (
        <p class="health-line is-bad">
          <Mark weight="bad" />
          Lost contact with the server at {formatPoint(lostAt.value!, false)}; what is shown is from before
        </p>
      )}
      {isWell && !isLost && (
        <p class="health-line is-well">
          <Mark weight="well" />
          <span>
            All is well. <span class="health-calm">{calmSentence(facts.status)}</span>
          </span>
        </p>
      )}
      {findings.map((finding) => <FindingLine key={finding.text} {...finding} />)}
    </section>
  );
}

function FindingLine({ weight, text, url }: Finding) {
  return (
    <p class={`health-line is-${weight}`}>
      <Mark weight={weight} />
      {url === null ? text : <a href={url}>{text}</a>}
    </p>
  );
}

const shapes = {
  well: "M3 10.500 8 15.500 17 5",
  bad: "M5 5l10 10M15 5 5 15",
  attention: "M10 3v9M10 15.800v.4",
  note: "M10 9v8M10 4.800v.4",
} as const;

function Mark({ weight }: { readonly weight: keyof typeof shapes }) {
  return (
    <svg class="health-mark" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={shapes[weight]} />
    </svg>
  );
}
