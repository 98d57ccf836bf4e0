/** What tests need to run a server of their own, as an ordinary user. */

/** A port of this machine that nobody listens on just now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Who is to run it: the user `nobody` where this is root, which such servers refuse; else undefined, for us. */
export async function ordinaryUser(): Promise<number | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const { stdout } = await new Deno.Command("id", { args: ["-u", "nobody"] }).output();
  return Number(new TextDecoder().decode(stdout));
}
