/** Opens a page in the user's browser. Needs the permission run. */

const programs: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Whether a browser was called; which page it shows, nobody here sees. */
export async function openBrowser(url: string): Promise<boolean> {
  const [program, ...args] = programs[Deno.build.os] ?? ["xdg-open"];
  try {
    const child = new Deno.Command(program!, {
      args: [...args, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    // Some of them stay as long as the browser; one that fails does so at once.
    const early = await Promise.race([
      child.status,
      new Promise<null>((resolve) => setTimeout(resolve, 1000, null)),
    ]);
    return early?.success ?? true;
  } catch {
    return false;
  }
}
