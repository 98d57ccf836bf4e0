/** What a run wrote: one stream at a time, live while it runs, to be searched, wrapped and downloaded. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { outputUrl, type Stream } from "../../api/output.ts";
import { Button } from "../../components/button.tsx";
import { Loading } from "../../components/loading.tsx";
import { Problem } from "../../components/problem.tsx";
import { formatBytes } from "../../format/count.ts";
import { useKeys } from "../../keys/keys.ts";
import { OutputSource } from "../../output/output_source.ts";
import { changeQuery, query } from "../../router/place.ts";
import { OutputLines } from "./output_lines.tsx";
import { OutputSearch, useOutputSearch } from "./output_search.tsx";
import type { Run } from "./timeline.ts";

export interface OutputPanelProps {
  readonly id: string;
  readonly run: Run;
}

const streams: readonly Stream[] = ["stdout", "stderr"];
const wrapStoredAs = "queuectl.wrap";

export function OutputPanel({ id, run }: OutputPanelProps) {
  const isFirstEmpty = run.stdout_bytes === 0 && run.stderr_bytes > 0 && run.outcome !== null;
  const asked = query.value.get("stream");
  const stream = streams.find((each) => each === asked) ?? (isFirstEmpty ? "stderr" : "stdout");
  return (
    <section class="section" aria-label={`Output of run ${run.number}`}>
      <div class="section-head">
        <h2>Output of run {run.number}</h2>
        <StreamChoice stream={stream} run={run} />
      </div>
      <StreamOutput key={`${run.number} ${stream}`} id={id} run={run} stream={stream} />
    </section>
  );
}

function StreamChoice({ stream, run }: { readonly stream: Stream; readonly run: Run }) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">Which stream</legend>
      {streams.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="stream"
            checked={each === stream}
            onChange={() => changeQuery({ stream: each }, { replaces: true })}
          />
          <span>
            {each} <small>{run.outcome === null ? "" : formatBytes(run[`${each}_bytes`])}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function StreamOutput({ id, run, stream }: OutputPanelProps & { readonly stream: Stream }) {
  const of = { id, run: run.number, stream };
  const isLive = run.outcome === null;
  const source = useMemo(() => new OutputSource(of, isLive), []);
  // Also of a run that is over the end is what is looked for first.
  const isFollowing = useSignal(true);
  const isWrapped = useSignal(localStorage.getItem(wrapStoredAs) === "on" || isNarrow());
  const search = useOutputSearch(source);
  const searchBox = useRef<HTMLInputElement>(null);
  useEffect(() => {
    void source.start();
    return () => source.stop();
  }, []);
  const wrap = () => {
    isWrapped.value = !isWrapped.value;
    localStorage.setItem(wrapStoredAs, isWrapped.value ? "on" : "off");
  };
  const follow = () => isFollowing.value = !isFollowing.value;
  useKeys([
    { keys: "/", does: "Search in the output", run: () => searchBox.current?.focus() },
    { keys: "n", does: "Next place that was found", run: () => search.step(1) },
    { keys: "N", does: "The place before", run: () => search.step(-1) },
    { keys: "l", does: "Wrap long lines, or not", run: wrap },
    { keys: "f", does: "Go to the end and follow it, or stop", run: follow },
  ]);

  const isEmpty = useComputed(() => source.version.value >= 0 && source.text.lines.length === 0);
  const { state, error } = source;
  return (
    <div class="output">
      <div class="output-tools">
        <OutputSearch search={search} box={searchBox} />
        <div class="output-switches">
          {state.value === "live" && (
            <Button aria-pressed={isFollowing.value} onClick={follow}>
              {isFollowing.value ? "Following" : "Follow"}
            </Button>
          )}
          <Button aria-pressed={isWrapped.value} onClick={wrap}>Wrap</Button>
          <a class="button plain" href={outputUrl(of)} download={`${id}-run${run.number}.${stream}.txt`}>
            Download
          </a>
        </div>
      </div>
      {error.value !== null && <Problem error={error.value} onRetry={() => void source.start()} />}
      <Earlier source={source} />
      {state.value === "loading" && error.value === null && <Loading lines={6} />}
      {isEmpty.value
        ? state.value !== "loading" && error.value === null && (
          <p class="output-none">
            {state.value === "live"
              ? `Nothing was written to ${stream} yet.`
              : `Nothing was written to ${stream}.`}
          </p>
        )
        : (
          <OutputLines
            source={source}
            label={`${stream} of run ${run.number}`}
            isWrapped={isWrapped.value}
            isFollowing={isFollowing}
            found={search.found.value}
            current={search.current.value}
          />
        )}
      {source.isOverLimit.value && (
        <p class="output-rest">
          It writes more than is kept (setting output_limit): from there on parts of it are missing.
        </p>
      )}
      <Later source={source} isLive={isLive} />
    </div>
  );
}

/** What comes before the first line, and a way to it. */
function Earlier({ source }: { readonly source: OutputSource }) {
  void source.version.value;
  const { start } = source.text;
  if (start === 0) return null;
  if (source.isBeginningGone.value) {
    return (
      <p class="output-rest">
        {formatBytes(start)} before this are not kept: of a run that is over the last part is.
      </p>
    );
  }
  return (
    <p class="output-rest">
      {formatBytes(start)} before this.
      <Button isBusy={source.isLoadingEarlier.value} onClick={() => void source.loadEarlier()}>
        Show earlier
      </Button>
    </p>
  );
}

/** A way back to the end, where it had to give way to earlier output. */
function Later({ source, isLive }: { readonly source: OutputSource; readonly isLive: boolean }) {
  void source.version.value;
  if (!source.text.wasCut) return null;
  return (
    <p class="output-rest">
      {isLive ? "What comes now is not shown here." : "There is more after this."}
      <Button onClick={() => void source.start()}>Back to the end</Button>
    </p>
  );
}

function isNarrow(): boolean {
  return matchMedia("(width < 48rem)").matches;
}
