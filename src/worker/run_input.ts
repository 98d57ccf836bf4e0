/** What a run reads from its standard input: brought from the store into a file beside the run's others. */

import type { Job } from "../core/job.ts";
import { isDelivery, type WebhookPost } from "../core/webhook_delivery.ts";
import { webhookHeaders } from "../core/webhook_signature.ts";
import type { Claimed } from "../store/store.ts";
import type { WorkerContext } from "./context.ts";
import { persist } from "./persist.ts";

/** It is not where it was kept, so the job cannot be run as it was meant. */
export class InputGone extends Error {}

/** The path of a run's input, or null where it has none. Waits for a store that is away. */
export async function prepareInput(
  context: WorkerContext,
  { job }: Claimed,
  base: string,
): Promise<string | null> {
  const { store, machine, trouble } = context;
  if (job.stdinBytes === null) return null;
  const input = await persist(trouble, "reading the input of a job", () => store.input(job.seq));
  if (input === null) throw new InputGone("its standard input is not in the store");
  if ("content" in input) {
    const content = isDelivery(job) ? await postOf(context, job, input.content) : input.content;
    return machine.runs.writeInput(base, content);
  }
  const path = machine.inputs.find(input.file);
  if (path === null) {
    throw new InputGone(`its standard input is gone from ${machine.home}/inputs/${input.file}`);
  }
  return path;
}

/** What an attempt is to post, signed here and now: the secret itself leaves the worker by no way. */
async function postOf(
  { machine, currentSettings }: WorkerContext,
  { id, webhook }: Job,
  body: Uint8Array,
): Promise<Uint8Array> {
  const { webhook_secret: secrets, webhook_timeout: timeoutMs } = currentSettings();
  const headers = await webhookHeaders({ id, now: machine.clock.now(), body }, secrets);
  const post: WebhookPost = { url: webhook!, headers, body: new TextDecoder().decode(body), timeoutMs };
  return new TextEncoder().encode(JSON.stringify(post));
}
