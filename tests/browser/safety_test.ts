/** A server that only shows offers no change, what jobs say is never markup, and there is a page for each state of things. */

import { assertEquals } from "@std/assert";
import { checkAccessibleInBoth } from "../support/axe.ts";
import { browserTest, loaded, useBrowser } from "../support/browser.ts";
import type { TestQueue } from "../support/program.ts";

useBrowser();

const pages = ["/", "/jobs", "/queues", "/dead-letters", "/workers"] as const;

async function makeJobs(queue: TestQueue): Promise<void> {
  await queue.ok("enqueue", "--id", "dead", "--max-retries", "1", "--", "echo 'no luck' >&2; exit 3");
  await queue.ok("worker", "start");
  await queue.waitForState("dead", "dead");
  await queue.ok("enqueue", "--id", "waits", "--delay", "1h", "--", "true");
}

browserTest("a server that only shows offers nothing that changes something", {
  args: ["serve", "--listen", "127.0.0.1:0", "--read-only"],
  prepare: makeJobs,
}, async ({ page, open }) => {
  const changing =
    /retry|cancel|delete|remove|edit|pause|resume|drain|throttle|rename|limit|enqueue|new job|run (again|at once)|stop/i;
  for (const path of [...pages, "/jobs/dead", "/jobs/waits"]) {
    await open(path);
    await page.getByText("Read only", { exact: true }).waitFor();
    await loaded(page);
    const names = await page.getByRole("main").getByRole("button").allTextContents();
    assertEquals(names.filter((name) => changing.test(name)), [], path);
    assertEquals(await page.getByRole("main").getByRole("checkbox").count(), 0, path);
  }
});

const hostile = `<img src=x onerror="globalThis.isHacked=1"><script>globalThis.isHacked=1</script>`;

browserTest("what jobs say and write is text and never markup", {
  async prepare(queue) {
    await Deno.writeTextFile(queue.path("hostile"), `${hostile}\n`);
    const command = `cat '${queue.path("hostile")}' | tee /dev/stderr; exit 3 # ${hostile}`;
    await queue.ok("enqueue", "--id", "h", "--max-retries", "1", "--label", hostile, "--", command);
    await queue.ok("worker", "start", "--tags", "x");
    await queue.waitForState("h", "dead");
  },
}, async ({ page, open }) => {
  for (const path of [...pages, "/jobs/h"]) {
    await open(path);
    await page.getByText("Live", { exact: true }).waitFor();
    // Where its text is shown it has been rendered; the overview need not show it.
    if (["/jobs", "/jobs/h", "/dead-letters"].includes(path)) {
      await page.getByText("<img src=x").first().waitFor();
    }
    assertEquals(
      await page.evaluate("document.querySelectorAll('img, iframe, body script').length"),
      0,
      path,
    );
    assertEquals(await page.evaluate("globalThis.isHacked"), undefined, path);
  }
  await open("/jobs/h");
  await page.getByRole("region", { name: "stdout of run 1" }).getByText(hostile).waitFor();
});

browserTest("characters that turn the direction of a command are shown as marks", {
  async prepare(queue) {
    await queue.ok("enqueue", "--id", "turned", "--label", "a\u2066b", "--", "rm x # \u202e gpj.ko");
  },
}, async ({ page, open }) => {
  for (const path of ["/jobs", "/jobs/turned"]) {
    await open(path);
    await page.getByRole("main").locator(".bidi-mark", { hasText: "U+202E" }).first().waitFor();
    await page.getByRole("main").locator(".bidi-mark", { hasText: "U+2066" }).first().waitFor();
    await checkAccessibleInBoth(page, `${path} with marks`);
    assertEquals(await page.evaluate("/\\p{Bidi_Control}/u.test(document.body.innerText)"), false, path);
  }
});

browserTest("where there is nothing yet, each page says so", {}, async (visit) => {
  const { page, open } = visit;
  for (const path of pages) {
    await open(path);
    await page.getByText("Live", { exact: true }).waitFor();
    if (path === "/dead-letters") await page.getByText("No dead letters.").waitFor();
    if (path === "/workers") await page.getByText("queuectl worker start").waitFor();
    await checkAccessibleInBoth(page, `${path} of an empty queue`);
  }
  visit.expectMessage(/status of 404/);
  await open("/jobs/nothing");
  await page.getByText("There is no job of this id.").waitFor();
});

browserTest("what the server refuses is told, with a way to try again", {}, async (visit) => {
  const { page, open } = visit;
  visit.expectMessage(/status of 503/);
  let isBroken = true;
  await page.route("**/api/v1/dead-letters/groups*", (route) =>
    isBroken
      ? route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify({
          status: 503,
          title: "Unavailable",
          detail: "Cannot open the queue: it is away",
        }),
      })
      : route.continue());
  await open("/dead-letters");
  await page.getByRole("alert").getByText("Cannot open the queue: it is away.").waitFor();
  await checkAccessibleInBoth(page, "an error");
  isBroken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("No dead letters.").waitFor();
  assertEquals(await page.getByRole("alert").count(), 0);
});
