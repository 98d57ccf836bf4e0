/** Something of the API that a page shows: asked for, kept current while the page is there, and asked for anew on demand. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError } from "../api/api_error.ts";
import type { JobChange } from "../api/types.ts";
import { epoch, onJobChange } from "./events.ts";

export interface Resource<Value> {
  /** The last answer; null until there is one, and when `key` has changed. It stays while a newer one is asked for. */
  readonly value: Signal<Value | null>;
  /** Why the last asking failed; null where it did not. */
  readonly error: Signal<ApiError | null>;
  readonly isLoading: Signal<boolean>;
  reload(): void;
}

export interface ResourceOptions {
  /** Whether a change of a job makes it stale; every one does where this is left out. */
  readonly isAffected?: (change: JobChange) => boolean;
  /** Asks anew so often in any case, in milliseconds; for what no event tells of. */
  readonly everyMs?: number;
  /** The shortest time between two askings that changes have caused, in milliseconds. */
  readonly restMs?: number;
}

/** `key` says what is asked for: where it changes, the old answer goes and `load` is called anew. */
export function useResource<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
  { isAffected = () => true, everyMs, restMs = 1000 }: ResourceOptions = {},
): Resource<Value> {
  const value = useSignal<Value | null>(null);
  const error = useSignal<ApiError | null>(null);
  const isLoading = useSignal(true);
  const latest = useRef({ load, isAffected });
  latest.current = { load, isAffected };
  const asker = useRef<Asker | null>(null);

  useEffect(() => {
    value.value = null;
    const started = new Asker(async (signal) => {
      isLoading.value = true;
      try {
        const answer = await latest.current.load(signal);
        if (signal.aborted) return;
        value.value = answer;
        error.value = null;
      } catch (thrown) {
        if (signal.aborted) return;
        error.value = asApiError(thrown);
      }
      isLoading.value = false;
    }, restMs);
    asker.current = started;
    started.askNow();
    const stopListening = onJobChange((change) => {
      if (latest.current.isAffected(change)) started.askSoon();
    });
    const timer = everyMs === undefined ? undefined : setInterval(() => started.askSoon(), everyMs);
    return () => {
      stopListening();
      clearInterval(timer);
      started.stop();
    };
  }, [key, everyMs, restMs]);

  const seenEpoch = useRef(epoch.peek());
  useSignalEffect(() => {
    if (epoch.value === seenEpoch.current) return;
    seenEpoch.current = epoch.value;
    asker.current?.askSoon();
  });

  return { value, error, isLoading, reload: () => asker.current?.askNow() };
}

function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(0, thrown instanceof Error ? thrown.message : String(thrown));
}

/** Asks one at a time, not more often than it may, and not while nobody looks. */
class Asker {
  readonly #ask: (signal: AbortSignal) => Promise<void>;
  readonly #restMs: number;
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isStale = false;
  readonly #onVisible = () => {
    if (!document.hidden && this.#isStale) this.askNow();
  };

  constructor(ask: (signal: AbortSignal) => Promise<void>, restMs: number) {
    this.#ask = ask;
    this.#restMs = restMs;
    document.addEventListener("visibilitychange", this.#onVisible);
  }

  /** What is under way is given up for it. */
  askNow(): void {
    this.#controller.abort();
    const controller = this.#controller = new AbortController();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsking = true;
    this.#isStale = false;
    void this.#ask(controller.signal).then(() => {
      if (controller.signal.aborted) return;
      this.#isAsking = false;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#isStale) this.askSoon();
      }, this.#restMs);
    });
  }

  askSoon(): void {
    this.#isStale = true;
    if (!this.#isAsking && this.#timer === undefined && !document.hidden) this.askNow();
  }

  stop(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisible);
  }
}
