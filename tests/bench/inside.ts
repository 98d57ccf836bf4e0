/** What is asked of the compiled program and its companion in JSON. */

import type { Workshop } from "./workshop.ts";

export interface VersionShape {
  readonly version: string;
  readonly deno: string;
  readonly sqlite: string;
  readonly sqlite_driver: string;
}

/** What the program says about itself. */
export async function versionOf(workshop: Workshop): Promise<VersionShape> {
  const queue = await workshop.queue();
  const version = await queue.json<VersionShape>("version");
  await workshop.done(queue);
  return version;
}

/** The SQLite driver that the program uses here. */
export async function driverOf(workshop: Workshop): Promise<string> {
  return (await versionOf(workshop)).sqlite_driver;
}

/** Has the companion measure something; see companion.ts. */
export async function measureInside<T>(workshop: Workshop, args: readonly string[]): Promise<T> {
  const command = new Deno.Command(await workshop.companion(), { args: [...args], stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`the companion failed: ${args.join(" ")}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
