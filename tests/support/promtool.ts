/** promtool of Debian's package prometheus, where it is installed. */

let isThere: boolean | undefined;

/** Whether it can be run; says loudly where it cannot, and fails where it must. */
export function hasPromtool(): boolean {
  if (isThere !== undefined) return isThere;
  try {
    isThere =
      new Deno.Command("promtool", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
        .success;
  } catch {
    isThere = false;
  }
  if (isThere) return true;
  const text =
    "not tested: the metrics' form and the alert rules, since promtool (Debian: prometheus) is not installed";
  if (Deno.env.get("QUEUECTL_REQUIRE_PROMTOOL") === "1") throw new Error(text);
  console.error(`\n!!! ${text}\n`);
  return false;
}

/** What it says; throws where it finds something wrong. */
export async function promtool(args: readonly string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`promtool ${args.join(" ")}: ${text}`);
  return text;
}
