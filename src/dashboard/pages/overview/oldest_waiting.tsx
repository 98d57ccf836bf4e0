/** Which job waits longest, in each of the queues that make somebody wait. */

import { Elapsed } from "../../components/elapsed.tsx";
import { Loaded } from "../../components/loaded.tsx";
import type { Waiting } from "../../api/types.ts";
import type { Resource } from "../../live/resource.ts";
import { jobUrl } from "../../router/routes.ts";

/** More queues than that are left to their own page. */
const mostShown = 4;

export function OldestWaiting({ waiting }: { readonly waiting: Resource<Waiting[]> }) {
  return (
    <section class="section">
      <h2>Waiting longest</h2>
      <Loaded resource={waiting} lines={1}>
        {(rows) =>
          rows.length === 0
            ? <p class="soft">No job that is due waits for a worker.</p>
            : (
              <ul class="waiting">
                {rows.slice(0, mostShown).map(({ queue, id, due_at }) => (
                  <li key={queue}>
                    <strong>
                      <Elapsed since={due_at} />
                    </strong>
                    <a class="row-link" href={jobUrl(id)} title={id}>{id}</a>
                    <span class="soft">in {queue}</span>
                  </li>
                ))}
                {rows.length > mostShown && (
                  <li>
                    <a href="/queues">and in {rows.length - mostShown} more queues</a>
                  </li>
                )}
              </ul>
            )}
      </Loaded>
    </section>
  );
}
