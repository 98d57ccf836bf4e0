import { isoTime } from "../../operations/json.ts";
import { json, jsonAnswer, route } from "../route.ts";
import { server } from "../schemas/server.ts";

export const serverRoute = route({
  method: "get",
  path: "/server",
  tag: "queue",
  summary: "which server this is: its version, its queue, and what it allows",
  answers: [jsonAnswer(server, "what it says of itself")],
  handle({ queue, hasLogin }) {
    return Promise.resolve(json({
      version: queue.version,
      location: queue.location,
      read_only: queue.isReadOnly,
      has_login: hasLogin,
      now: isoTime(queue.machine.clock.now()),
    }));
  },
});
