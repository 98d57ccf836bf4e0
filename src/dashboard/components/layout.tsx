/** What stands around every page: the ways to the others, whose queue this is, and whether it is live. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { formatShortCount } from "../format/count.ts";
import { useKeys } from "../keys/keys.ts";
import { connection, status } from "../live/events.ts";
import { isReadOnly, server } from "../live/server.ts";
import { match, navigate } from "../router/place.ts";
import { type PageName, paths } from "../router/routes.ts";
import { ConfirmHost } from "./confirm.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { KeysDialog } from "./keys_dialog.tsx";
import { Logo } from "./logo.tsx";
import { ToastHost } from "./toast.tsx";

interface Way {
  readonly page: Exclude<PageName, "job">;
  readonly name: string;
  /** What is on the small screen, where that is shorter. */
  readonly shortName: string;
  readonly letter: string;
}

const ways: readonly Way[] = [
  { page: "overview", name: "Overview", shortName: "Overview", letter: "o" },
  { page: "jobs", name: "Jobs", shortName: "Jobs", letter: "j" },
  { page: "queues", name: "Queues", shortName: "Queues", letter: "q" },
  { page: "deadLetters", name: "Dead letters", shortName: "Dead", letter: "d" },
  { page: "workers", name: "Workers", shortName: "Workers", letter: "w" },
];

export function Layout({ children }: { readonly children: ComponentChildren }) {
  const areKeysShown = useSignal(false);
  useKeys([
    { keys: "?", does: "Show these keys", run: () => areKeysShown.value = true },
    ...ways.map(({ page, name, letter }) => ({
      keys: `g ${letter}`,
      does: `Go to ${name.toLowerCase()}`,
      run: () => navigate(paths[page]),
    })),
  ]);
  return (
    <>
      <a class="skip" href="#main">Skip to the page</a>
      <div class="frame">
        <header class="side">
          <a class="brand" href={paths.overview} aria-label="queuectl, overview">
            <Logo />
            <span>queuectl</span>
          </a>
          <nav aria-label="Pages" class="ways">
            {ways.map((way) => <WayLink key={way.page} {...way} />)}
          </nav>
          <div class="side-foot">
            <ConnectionState />
            <ServerFacts />
            <button type="button" class="link show-keys" onClick={() => areKeysShown.value = true}>
              <Icon name="keyboard" /> Keys <kbd>?</kbd>
            </button>
          </div>
        </header>
        <main id="main" tabIndex={-1}>{children}</main>
      </div>
      {areKeysShown.value && <KeysDialog onClose={() => areKeysShown.value = false} />}
      <ConfirmHost />
      <ToastHost />
    </>
  );
}

function WayLink({ page, name, shortName }: Way) {
  const isHere = match.value?.page === page || (page === "jobs" && match.value?.page === "job");
  const count = countFor(page);
  return (
    <a href={paths[page]} aria-current={isHere ? "page" : undefined}>
      <Icon name={page satisfies IconName} />
      <span class="long-name">{name}</span>
      <span class="short-name" aria-hidden="true">{shortName}</span>
      {count !== null && <span class={`way-count for-${page}`}>{count}</span>}
    </a>
  );
}

/** What is worth a number beside a way: how many run, and how many need somebody. */
function countFor(page: PageName): string | null {
  if (status.value === null) return null;
  const { dead, workers } = status.value;
  if (page === "deadLetters" && dead > 0) return formatShortCount(dead);
  if (page === "workers") return formatShortCount(workers);
  return null;
}

const connectionWords = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost, trying again",
} as const;

function ConnectionState() {
  return (
    <p class={`connection is-${connection.value}`} role="status">
      <span class="dot" aria-hidden="true" />
      {connectionWords[connection.value]}
    </p>
  );
}

function ServerFacts() {
  if (server.value === null) return null;
  const { location, version, has_login } = server.value;
  return (
    <>
      {isReadOnly.value && <p class="read-only">Read only</p>}
      <p class="location" title={location}>
        <bdi>{location}</bdi>
      </p>
      <p class="version">Version {version}</p>
      {has_login && (
        <form method="post" action="/logout">
          <button type="submit" class="link">Log out</button>
        </form>
      )}
    </>
  );
}
