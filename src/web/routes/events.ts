import { eventStream } from "../events/sse.ts";
import { route } from "../route.ts";

export const eventsRoute = route({
  method: "get",
  path: "/events",
  tag: "events",
  summary: "what changes in the queue, as it does (server-sent events)",
  description:
    "job: what a job is now (id, arrival, queue, state, attempts, runs, exit_code, updated_at); of several " +
    "changes within a quarter of a second only the last one shows, and a job that was removed shows no more. status: as " +
    "GET /status, when it has changed, at most once a second. reset: there was too much to tell (why: slow, many, clock, " +
    "unknown), so ask anew for what you show. Each change is told at least once, also after coming back with " +
    "Last-Event-ID; it may be told twice.",
  headers: { "Last-Event-ID": "the id of the last event that was received" },
  answers: [{ status: 200, description: "events without an end", content: { "text/event-stream": null } }],
  async handle({ events, headers }) {
    return eventStream((await events.join(headers.get("last-event-id"))).body);
  },
});
