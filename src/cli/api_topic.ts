/** The help topic "api": the queue over HTTP. */

export function apiText(): string {
  return `The queue over HTTP

queuectl serve answers on http://127.0.0.1:7420 (--listen), and queuectl ui on a free port for the browser that it
opens. It does what the commands do: the same operations, the same JSON (queuectl help json), the same refusals.
GET /api/openapi.json describes all of it, for people and for generators of clients.

Below /api/v1:
  POST   /jobs                          accept one job, or a list of them: all or none
  GET    /jobs                          a page: the filters of list, sort, limit, after (the "next" of the page before)
  GET    /jobs/ID, /jobs/ID/explain, /jobs/ID/graph
  PATCH  /jobs/ID                       as edit
  DELETE /jobs/ID                       as remove
  POST   /jobs/ID/cancel, /retry, /signal
  POST   /jobs/cancel, /retry, /remove  the same for many: {"ids":["a","b"]}; cancel also {"filter":{"state":"pending"}}
  GET    /jobs/ID/runs/N/stdout         what a run wrote, whole or by Range; stderr likewise
  GET    /dead-letters, /dead-letters/groups; POST /dead-letters/retry, /dead-letters/purge
  GET    /queues, /queues/NAME; PATCH /queues/NAME; POST /queues/NAME/rename
  GET    /workers, /status, /waiting, /stats, /server, /events
Beside it:
  GET    /, /jobs, /jobs/ID, /queues, /dead-letters, /workers   the dashboard, for browsers
  GET    /metrics                                               for Prometheus (queuectl help monitoring)

Errors
  application/problem+json (RFC 9457) with type, title, status, detail and hint. 400 the request is not understood, 401 no
  token, 403 read-only or from another origin, 404 not found, 409 refused by the state of what it is about, 413 too long
  (setting request_limit), 422 a job or a change that cannot be accepted, 429 too many wrong tokens, 503 the store does
  not serve.

Sent twice
  Who does not know whether a job was accepted sends it again with the same Idempotency-Key and body: nothing is stored
  twice, and the answer is the same, for a day at least. The same key with another body is refused (422).

Traces
  POST /jobs keeps the header traceparent (W3C) of the request with its jobs, as enqueue does the variable TRACEPARENT: see
  queuectl help monitoring.

Live
  GET /events sends server-sent events: job (what a job is now), status, and reset (there was too much to tell: ask anew
  for what you show). Each change is told at least once, also to a client that comes back with Last-Event-ID; of several
  changes within a quarter of a second only the last one shows, and a job that was removed shows no more.
  stdout and stderr with Accept: text/event-stream send what a run writes: output (offset, bytes, text), skipped, end. The
  ids are offsets in bytes.

Webhooks
  The field webhook of a job (POST /jobs) or queue (PATCH /queues/NAME) has ends posted to a URL: queuectl help webhooks.
  The document describes under webhooks what is posted.

Who may use it
  Whoever may use it may run commands as you, and have this machine's workers post to any URL that they reach. On a loopback address a token is optional; on any other it is required:
    queuectl serve --make-token FILE
    queuectl serve --listen 10.0.0.5:7420 --token-file FILE
    curl -H "Authorization: Bearer $(cat FILE)" http://10.0.0.5:7420/api/v1/status
  Browsers log in at /login. Requests for another host name (--host NAME adds one) and from pages of other origins are
  refused. It speaks no TLS: put something before it that does. --read-only refuses every change.
`;
}
