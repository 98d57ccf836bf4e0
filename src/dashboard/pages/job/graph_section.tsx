/** What a job waits for, and what waits for it: drawn where it is small, as lists always. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { isMissing } from "../../api/api_error.ts";
import { readGraph, retryWithChildren } from "../../api/calls.ts";
import type { Graph, ShownJob } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { sayDone, sayFailed } from "../../components/toast.tsx";
import { Problem } from "../../components/problem.tsx";
import { countOf, formatCount } from "../../format/count.ts";
import { isReadOnly } from "../../live/server.ts";
import { useResource } from "../../live/resource.ts";
import { GraphDrawing } from "./graph_drawing.tsx";
import { drawableLayout, relativesOf } from "./graph_layout.ts";
import { RelativesList } from "./relatives_list.tsx";

/** How many jobs are asked for at first, and at most. */
const limits = { first: 1000, most: 10_000 };

export interface GraphSectionProps {
  readonly job: ShownJob;
  /** Called when the server knows no such job any more. */
  readonly onMissing: () => void;
}

export function GraphSection({ job: { id, state }, onMissing }: GraphSectionProps) {
  const limit = useSignal(limits.first);
  const members = useRef<ReadonlySet<string>>(new Set([id]));
  const { value, error, reload, isLoading } = useResource(
    `${id} ${limit.value}`,
    async (signal) => {
      const graph = await readGraph(id, limit.value, signal);
      members.current = new Set(graph.nodes.map((node) => node.id));
      return graph;
    },
    { isAffected: (change) => members.current.has(change.id), restMs: 3000 },
  );
  useEffect(() => {
    if (isMissing(error.value)) onMissing();
  }, [error.value]);
  const last = useRef<Graph | null>(null);
  // A larger one is on its way, and the smaller one stays until it is there.
  const graph = last.current = value.value ?? last.current;
  if (error.value !== null && error.value.status !== 404) {
    return (
      <section class="section" aria-label="Dependencies">
        <Problem error={error.value} onRetry={reload} />
      </section>
    );
  }
  if (graph === null || graph.nodes.length < 2) return null;
  return (
    <section class="section" aria-label="Dependencies">
      <KnownGraph graph={graph} />
      {(state === "dead" || state === "cancelled") && <RetryAll graph={graph} onMissing={onMissing} />}
      {!graph.complete && (
        <p class="graph-rest">
          {`There are more: these are the ${formatCount(graph.nodes.length)} nearest ones.`}
          {limit.value < limits.most && (
            <Button
              isBusy={isLoading.value}
              onClick={() => limit.value = limits.most}
            >
              Ask for {formatCount(limits.most)}
            </Button>
          )}
        </p>
      )}
    </section>
  );
}

/** Retries a job together with those that were cancelled because it ended in vain. */
function RetryAll({ graph, onMissing }: { readonly graph: Graph; readonly onMissing: () => void }) {
  const isBusy = useSignal(false);
  const cancelled = useMemo(
    () => relativesOf(graph, "children").filter(({ node }) => node.state === "cancelled").length,
    [graph],
  );
  if (cancelled === 0 || isReadOnly.value) return null;
  const retry = async () => {
    isBusy.value = true;
    try {
      await retryWithChildren(graph.id);
      sayDone(`${graph.id} is to run, and then what waits for it`);
    } catch (error) {
      if (isMissing(error)) onMissing();
      else sayFailed(error);
    }
    isBusy.value = false;
  };
  return (
    <p class="graph-rest">
      {`${countOf(cancelled, "job")} after it ${cancelled === 1 ? "is" : "are"} cancelled.`}
      <Button isBusy={isBusy.value} onClick={() => void retry()}>Retry it together with them</Button>
    </p>
  );
}

function KnownGraph({ graph }: { readonly graph: Graph }) {
  const layout = useMemo(() => drawableLayout(graph), [graph]);
  const isList = useSignal(matchMedia("(width < 48rem)").matches);
  return (
    <>
      <div class="section-head">
        <h2>Dependencies</h2>
        {layout !== null && (
          <fieldset class="choice">
            <legend class="visually-hidden">How they are shown</legend>
            {["Drawing", "Lists"].map((name, index) => (
              <label key={name}>
                <input
                  type="radio"
                  name="graph"
                  checked={(index === 1) === isList.value}
                  onChange={() => isList.value = index === 1}
                />
                {name}
              </label>
            ))}
          </fieldset>
        )}
      </div>
      {layout !== null && !isList.value
        ? <GraphDrawing graph={graph} layout={layout} />
        : (
          <div class="relatives">
            <RelativesList graph={graph} side="parents" title="It waits for" />
            <RelativesList graph={graph} side="children" title="Waiting for it" />
          </div>
        )}
    </>
  );
}
