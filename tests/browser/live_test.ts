/** What happens in the queue shows in the browser by itself, and what the browser changes happens. */

import { assertEquals } from "@std/assert";
import { browserTest, useBrowser } from "../support/browser.ts";
import { openGate, waitingCommand } from "../support/gate.ts";
import { checkAccessibleInBoth } from "../support/axe.ts";
import type { TestQueue } from "../support/program.ts";

useBrowser();

async function startJob(queue: TestQueue): Promise<void> {
  await queue.ok("enqueue", "--id", "slow", "--", waitingCommand(queue, "go"));
  await queue.ok("worker", "start");
}

browserTest(
  "a job that ends shows so in the list, without a reload",
  { prepare: startJob },
  async ({ queue, page, open }) => {
    await queue.waitForState("slow", "processing");
    await open("/jobs");
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "slow" }) });
    await row.getByText("Running").waitFor();
    await page.evaluate("globalThis.isSamePage = true");
    await openGate(queue, "go");
    await row.getByText("Completed").waitFor();
    assertEquals(await page.evaluate("globalThis.isSamePage"), true);
  },
);

browserTest(
  "what a running job writes appears by itself, and so does its end",
  { prepare: startJob },
  async ({ queue, page, open }) => {
    await queue.waitForState("slow", "processing");
    await open("/jobs/slow");
    const output = page.getByRole("region", { name: "stdout of run 1" });
    await output.getByText("begun").waitFor();
    assertEquals(await output.getByText("over").count(), 0);
    await openGate(queue, "go");
    await output.getByText("over").waitFor();
    await page.getByRole("main").getByText("Completed").first().waitFor();
  },
);

browserTest(
  "a running job is cancelled, after a question",
  { prepare: startJob },
  async ({ queue, page, open }) => {
    await queue.waitForState("slow", "processing");
    await open("/jobs/slow");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await checkAccessibleInBoth(page, "the question");
    await dialog.getByRole("button", { name: "Keep as it is" }).click();
    assertEquals((await queue.job("slow")).state, "processing");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await dialog.getByRole("button", { name: "End it" }).click();
    await page.getByRole("main").getByText("Cancelled").first().waitFor();
    await queue.waitForState("slow", "cancelled");
  },
);

/** Two groups of dead jobs: two that miss a file, and one that can do nothing. */
async function letDie(queue: TestQueue): Promise<void> {
  const miss = (disk: number) => `[ -e '${queue.path("disk")}' ] || { echo 'no disk ${disk}' >&2; exit 3; }`;
  await queue.ok("enqueue", "--id", "a1", "--max-retries", "1", "--", miss(7));
  await queue.ok("enqueue", "--id", "a2", "--max-retries", "1", "--", miss(8));
  await queue.ok("enqueue", "--id", "b", "--max-retries", "1", "--", "echo 'out of luck' >&2; exit 7");
  await queue.ok("worker", "start");
  for (const id of ["a1", "a2", "b"]) await queue.waitForState(id, "dead");
}

browserTest(
  "a group of dead letters is retried, and the others are not",
  { prepare: letDie },
  async ({ queue, page, open }) => {
    await open("/dead-letters");
    const groups = page.getByRole("table", { name: "Dead letters by error" });
    await groups.getByRole("link", { name: /no disk/ }).first().waitFor();
    await openGate(queue, "disk");
    await page.getByLabel("Exit code").fill("3");
    await groups.getByText("out of luck").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Retry 2 jobs…" }).click();
    const dialog = page.getByRole("dialog", { name: "Retry 2 jobs?" });
    await dialog.getByLabel("Pace").selectOption("10/s");
    await dialog.getByText("The last one is due in 100 ms.").waitFor();
    await checkAccessibleInBoth(page, "the dialog to retry");
    await dialog.getByRole("button", { name: "Retry 2 jobs", exact: true }).click();
    await page.getByRole("status").getByText("2 jobs are pending again.").waitFor();
    await page.getByText("No dead letter is like that.").waitFor();
    for (const id of ["a1", "a2"]) await queue.waitForState(id, "completed");
    assertEquals((await queue.job("b")).state, "dead");
  },
);

browserTest(
  "the jobs of a group are shown, and are deleted after a question that says how many",
  { prepare: letDie },
  async ({ queue, page, open }) => {
    await open("/dead-letters");
    await page.getByRole("link", { name: "out of luck" }).click();
    await page.getByRole("table", { name: "Dead jobs of this group" }).getByRole("link", { name: "b" })
      .waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Those that died").selectOption("1h");
    await dialog.getByText("None of those that this page shows died then.").waitFor();
    assertEquals(await dialog.getByRole("button", { name: "Delete 0 jobs" }).isDisabled(), true);
    await dialog.getByLabel("Those that died").selectOption("");
    await dialog.getByText("1 dead job goes for good").waitFor();
    await checkAccessibleInBoth(page, "the dialog to delete");
    await dialog.getByRole("button", { name: "Delete 1 job", exact: true }).click();
    await page.getByText("None of them is dead now.").waitFor();
    assertEquals((await queue.json("list", "--state", "dead")).map(({ id }) => id).sort(), ["a1", "a2"]);
    await page.getByRole("link", { name: "All groups", exact: true }).click();
    // One that dies joins its group by itself.
    await queue.ok("enqueue", "--id", "c", "--max-retries", "1", "--", "echo 'out of luck' >&2; exit 7");
    await page.getByRole("link", { name: "out of luck" }).waitFor();
  },
);

browserTest(
  "a worker that starts shows by itself, with what it runs",
  {},
  async ({ queue, page, open }) => {
    await open("/workers");
    await page.getByText("No worker is there.").waitFor();
    await startJob(queue);
    await page.getByRole("link", { name: "slow" }).waitFor();
    await page.getByText("1 of 1 in use").waitFor();
    await openGate(queue, "go");
    await page.getByText("0 of 1 in use").waitFor();
    await queue.ok("worker", "stop", "--wait");
    await page.getByText("No worker is there.").waitFor();
  },
);

async function cancelOne(queue: TestQueue): Promise<void> {
  await queue.ok("enqueue", "--id", "gone", "--", "true");
  await queue.ok("cancel", "gone");
}

browserTest(
  "a job that is removed elsewhere is said not to be there, by itself",
  { prepare: cancelOne },
  async (visit) => {
    const { queue, page, open } = visit;
    visit.expectMessage(/status of 404/);
    await page.clock.install();
    await open("/jobs/gone");
    await page.getByRole("button", { name: "Retry" }).waitFor();
    await queue.ok("remove", "gone");
    await page.clock.fastForward(16_000);
    await page.getByText("There is no job of this id.").waitFor();
    await page.getByRole("link", { name: "To the jobs" }).click();
    await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  },
);

browserTest(
  "what cannot be done to a job since it is removed says that it is not there",
  { prepare: cancelOne },
  async (visit) => {
    const { queue, page, open } = visit;
    visit.expectMessage(/status of 404/);
    await open("/jobs/gone");
    await page.getByRole("button", { name: "Retry" }).waitFor();
    await queue.ok("remove", "gone");
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("There is no job of this id.").waitFor();
  },
);

browserTest("what is typed into the form of a job is not thrown away unasked", {}, async ({ page, open }) => {
  await open("/jobs");
  const form = page.getByRole("dialog", { name: "Enqueue a job" });
  const question = page.getByRole("dialog", { name: "Throw away what you have typed?" });
  const show = () => page.getByRole("button", { name: "Enqueue a job", exact: true }).click();
  await show();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "hidden" });
  await show();
  await form.getByLabel("Command").fill("make film");
  for (let time = 0; time < 3; time++) {
    await page.keyboard.press("Escape");
    await question.waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "hidden" });
  }
  await page.mouse.click(3, 3);
  await question.getByRole("button", { name: "Keep as it is" }).click();
  assertEquals(await form.getByLabel("Command").inputValue(), "make film");
  await page.mouse.click(3, 3);
  await question.getByRole("button", { name: "Throw it away" }).click();
  await form.waitFor({ state: "hidden" });
});
