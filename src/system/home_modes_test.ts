import { assertEquals } from "@std/assert";
import { looseModes, tighten } from "./home_modes.ts";

Deno.test({
  name: "what others have access to in a home is found, and taken from them",
  ignore: Deno.build.os === "windows",
  async fn() {
    const home = await Deno.makeTempDir();
    try {
      Deno.chmodSync(home, 0o755);
      await Deno.writeTextFile(`${home}/queue.sqlite`, "");
      await Deno.writeTextFile(`${home}/config.json`, "{}");
      await Deno.mkdir(`${home}/runs`);
      for (
        const [name, mode] of [["queue.sqlite", 0o640], ["config.json", 0o600], ["runs", 0o700]] as const
      ) {
        Deno.chmodSync(`${home}/${name}`, mode);
      }
      assertEquals(looseModes(home), [
        { path: home, mode: 0o755, wanted: 0o700 },
        { path: `${home}/queue.sqlite`, mode: 0o640, wanted: 0o600 },
      ]);
      tighten(looseModes(home));
      assertEquals(looseModes(home), []);
      assertEquals(looseModes(`${home}/none`), []);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
