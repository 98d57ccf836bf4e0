/** Everything can be done without a pointer, and whoever does it sees where they are. */

import { assert, assertEquals } from "@std/assert";
import type { Locator, Page } from "playwright-core";
import { checkAccessibleInBoth } from "../support/axe.ts";
import { browserTest, useBrowser } from "../support/browser.ts";
import { waitingCommand } from "../support/gate.ts";
import { type TestQueue, waitFor } from "../support/program.ts";

useBrowser();

async function startJobs(queue: TestQueue): Promise<void> {
  await queue.ok("enqueue", "--id", "runs", "--", waitingCommand(queue, "go"));
  await queue.ok("worker", "start");
  await queue.waitForState("runs", "processing");
  await queue.ok("enqueue", "--id", "waits", "--delay", "1h", "--", "true");
}

/** Whether what has the focus shows it, by itself or by the label around it. */
const showsFocus = `(() => {
  const element = document.activeElement;
  // Between the last stop and the first one is the browser's own bar.
  if (element === document.body) return true;
  const shown = [element, element.parentElement, element.closest("tr")].filter((each) => each !== null);
  return shown.some((each) => getComputedStyle(each).outlineStyle !== "none");
})()`;
const focusedName = `(() => {
  const { tagName, textContent, className } = document.activeElement;
  return tagName + " " + className + " " + (textContent ?? "").slice(0, 40);
})()`;

/** What runs in the page knows its document; the types of these tests do not. */
interface InPage {
  readonly document: { readonly activeElement: unknown };
}

function hasFocus(locator: Locator): Promise<boolean> {
  return locator.evaluate((element: unknown) =>
    element === (globalThis as unknown as InPage).document.activeElement
  );
}

/** A page and a dialog move the focus once they have been drawn. */
async function waitForFocus(locator: Locator): Promise<void> {
  await locator.waitFor();
  await waitFor(`the focus to be on ${locator}`, () => hasFocus(locator), 5000);
}

/** Tab until it has the focus, which is seen at each stop. */
async function tabTo(page: Page, goal: Locator, most = 40): Promise<void> {
  await goal.waitFor();
  for (let stops = 0; stops < most; stops++) {
    await page.keyboard.press("Tab");
    assert(await page.evaluate(showsFocus), `no focus is seen at ${await page.evaluate(focusedName)}`);
    if (await hasFocus(goal)) return;
  }
  throw new Error(`${goal} was not come to by ${most} tabs`);
}

browserTest(
  "from the address bar to a cancelled job by Tab and Enter alone",
  { prepare: startJobs },
  async ({ queue, page, open }) => {
    await open("/");
    await page.keyboard.press("Tab");
    assertEquals(await page.evaluate("document.activeElement.textContent"), "Skip to the page");
    await tabTo(page, page.getByRole("link", { name: "Jobs", exact: true }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
    await tabTo(page, page.getByRole("link", { name: "runs", exact: true }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("button", { name: "Cancel", exact: true }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "End it" }));
    await page.keyboard.press("Enter");
    await queue.waitForState("runs", "cancelled");
  },
);

browserTest(
  "letters lead from page to page, from row to row, and into a row",
  { prepare: startJobs },
  async ({ page, open }) => {
    await open("/");
    await page.getByText("Live", { exact: true }).waitFor();
    const ways = [["j", "Jobs"], ["q", "Queues"], ["d", "Dead letters"], ["w", "Workers"], ["o", "Overview"]];
    for (const [letter, name] of ways) {
      await page.keyboard.press("g");
      await page.keyboard.press(letter!);
      await waitForFocus(page.getByRole("heading", { name: name!, level: 1 }));
      assertEquals(await page.title(), `${name} · queuectl`);
    }
    await page.keyboard.press("g");
    await page.keyboard.press("j");
    const [first, second] = ["waits", "runs"].map((id) => page.getByRole("link", { name: id, exact: true }));
    await first!.waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Next row").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("j");
    await waitForFocus(first!);
    await page.keyboard.press("j");
    await waitForFocus(second!);
    await page.keyboard.press("k");
    await waitForFocus(first!);
    assert(await page.evaluate(showsFocus));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/jobs/waits");
  },
);

browserTest(
  "the list of keys takes the focus, keeps it, and gives it back",
  { prepare: startJobs },
  async ({ page, open }) => {
    await open("/jobs");
    const link = page.getByRole("link", { name: "waits", exact: true });
    await link.focus();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys" });
    await dialog.getByText("Go to dead letters").waitFor();
    await checkAccessibleInBoth(page, "the list of keys");
    for (let stops = 0; stops < 6; stops++) {
      await page.keyboard.press("Tab");
      assert(
        await page.evaluate(
          "document.activeElement === document.body || document.activeElement.closest('dialog') !== null",
        ),
        `behind the dialog: ${await page.evaluate(focusedName)}`,
      );
    }
    // Letters do nothing behind a dialog.
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await waitForFocus(link);
    await page.keyboard.press("?");
    await dialog.getByLabel("Keys of one letter do something").uncheck();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("j");
    await page.keyboard.press("?");
    assertEquals(await dialog.count(), 0);
  },
);
