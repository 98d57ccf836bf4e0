/** Every page in a browser: it renders, is accessible in light and dark, and fits a phone. Screenshots are kept. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { checkAccessibleInBoth } from "../support/axe.ts";
import {
  browserTest,
  loaded,
  screenshotFolder,
  sharedTest,
  shareServer,
  sizes,
  useBrowser,
  type Visit,
} from "../support/browser.ts";
import { fillDay } from "../support/filled_queue.ts";
import { openGate, waitingCommand } from "../support/gate.ts";
import { waitFor } from "../support/program.ts";

useBrowser();
const shared = shareServer({ prepare: fillDay });

/** So that README stays quick to open. */
const mostPictureBytes = 200_000;

interface Look {
  readonly name: string;
  readonly path: string;
  readonly heading: RegExp;
  /** What is there when all has been loaded. */
  readonly loaded: (page: Page) => Promise<unknown>;
  /** What the console may say. */
  readonly expected?: RegExp;
}

const looks: readonly Look[] = [
  {
    name: "overview",
    path: "/",
    heading: /^Overview$/,
    loaded: (page) => page.getByRole("navigation", { name: "Jobs by state" }).waitFor(),
  },
  {
    name: "jobs",
    path: "/jobs",
    heading: /^Jobs$/,
    loaded: (page) => page.getByRole("link", { name: "publish", exact: true }).waitFor(),
  },
  {
    name: "jobs-selected",
    path: "/jobs",
    heading: /^Jobs$/,
    loaded: async (page) => {
      await page.getByLabel("Select publish").check();
      await page.getByLabel("Select nightly").check();
      await page.getByRole("button", { name: "Cancel" }).first().waitFor();
    },
  },
  {
    name: "enqueue",
    path: "/jobs",
    heading: /^Jobs$/,
    loaded: async (page) => {
      await page.getByRole("button", { name: "Enqueue a job" }).click();
      await page.getByRole("dialog").getByText("More fields").click();
      await page.getByRole("dialog").getByLabel("Environment").waitFor();
    },
  },
  {
    name: "job",
    path: "/jobs/clip-4048",
    heading: /clip-4048/,
    loaded: (page) => page.getByRole("link", { name: /^publish/ }).first().waitFor(),
  },
  {
    name: "job-dead",
    path: "/dead-letters?exit_code=3",
    heading: /^import-/,
    loaded: async (page) => {
      await page.getByRole("link", { name: /^relation/ }).click();
      await page.getByRole("link", { name: /^import-/ }).first().click();
      await page.getByRole("region", { name: /^stderr of run 1/ }).waitFor();
    },
  },
  {
    name: "edit",
    path: "/jobs/nightly",
    heading: /^nightly$/,
    loaded: async (page) => {
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByRole("dialog").getByLabel("Command").waitFor();
    },
  },
  {
    name: "queues",
    path: "/queues",
    heading: /^Queues$/,
    loaded: (page) => page.getByRole("link", { name: "encode" }).first().waitFor(),
  },
  {
    name: "queue-change",
    path: "/queues",
    heading: /^Queues$/,
    loaded: async (page) => {
      await page.getByRole("button", { name: "Change encode" }).click();
      await page.getByRole("dialog").getByLabel("Rate").waitFor();
    },
  },
  {
    name: "dead-letters",
    path: "/dead-letters",
    heading: /^Dead letters$/,
    loaded: (page) => page.getByRole("table", { name: "Dead letters by error" }).waitFor(),
  },
  {
    name: "dead-group",
    path: "/dead-letters?exit_code=75",
    heading: /^Dead letters$/,
    loaded: async (page) => {
      await page.getByRole("link", { name: /^smtp/ }).click();
      await page.getByRole("table", { name: "Dead jobs of this group" }).waitFor();
    },
  },
  {
    name: "workers",
    path: "/workers",
    heading: /^Workers$/,
    loaded: (page) => page.getByRole("link", { name: "clip-4048" }).waitFor(),
  },
];

for (const look of looks) {
  sharedTest(`the page ${look.name} renders, is accessible, and fits a phone`, shared, {}, async (visit) => {
    if (look.expected !== undefined) visit.expectMessage(look.expected);
    await visit.open(look.path);
    await look.loaded(visit.page);
    assertMatch((await visit.page.locator("h1").textContent())!, look.heading);
    await visit.page.getByText("Live", { exact: true }).waitFor();
    await checkAccessibleInBoth(visit.page, look.name);
    await keepScreenshots(visit, look.name);
    if (look.name === "overview") await makePicture(visit);
    await checkFits(visit.page, look.name);
  });
}

const longest = {
  id: "i".repeat(128),
  queue: "q".repeat(64),
  dead: "d".repeat(128),
  running: "r".repeat(128),
};

browserTest("the longest ids and names leave every page as wide as the window", {
  async prepare(queue) {
    const of = ["--queue", longest.queue, "--label", "l".repeat(200)];
    await queue.ok(
      "enqueue",
      "--id",
      longest.dead,
      ...of,
      "--max-retries",
      "1",
      "--",
      "echo no luck >&2; exit 3",
    );
    await queue.ok("enqueue", "--id", longest.running, ...of, "--", waitingCommand(queue, "go"));
    await queue.ok("worker", "start", "--queues", longest.queue);
    await queue.waitForState(longest.dead, "dead");
    await queue.waitForState(longest.running, "processing");
    await queue.ok("enqueue", "--id", longest.id, ...of, "--", "true");
  },
}, async ({ queue, page, open }) => {
  const looked: readonly (readonly [path: string, link: string])[] = [
    ["/", longest.running],
    ["/jobs", longest.id],
    [`/jobs/${longest.running}`, longest.queue],
    ["/workers", longest.running],
    ["/queues", longest.queue],
    ["/dead-letters", "no luck"],
  ];
  for (const [path, link] of looked) {
    await page.setViewportSize(sizes.desktop);
    await open(path);
    await page.getByRole("main").getByRole("link", { name: link }).first().waitFor();
    await checkFits(page, path);
    if (path !== "/dead-letters") continue;
    await page.getByRole("link", { name: link }).click();
    await page.getByRole("link", { name: longest.dead }).waitFor();
    await checkFits(page, "the jobs of a group");
  }
  await openGate(queue, "go");
});

async function keepScreenshots({ page }: Visit, name: string): Promise<void> {
  const folder = await screenshotFolder();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(sizes.phone);
  await page.screenshot({ path: `${folder}/${name}-phone.png` });
}

/** README's picture, where one is asked for. Whose queue it is says no path of this machine. */
async function makePicture({ page, server, open }: Visit): Promise<void> {
  const path = Deno.env.get("QUEUECTL_PICTURE");
  if (!path) return;
  const known = await server.json("/api/v1/server");
  await page.route(
    "**/api/v1/server",
    (route) => route.fulfill({ json: { ...known, location: "/srv/queue.sqlite" } }),
  );
  await page.setViewportSize({ width: 1280, height: 1060 });
  await open("/");
  await page.getByText("/srv/queue.sqlite").waitFor();
  await loaded(page);
  await page.screenshot({ path });
  const { size } = await Deno.stat(path);
  assert(size < mostPictureBytes, `${path} has ${size} bytes`);
}

/** Wide, at the width of a phone, and of the smallest one: nothing is scrolled sideways, and no control is cut off. */
async function checkFits(page: Page, name: string): Promise<void> {
  for (const width of [sizes.desktop.width, sizes.phone.width, 320]) {
    await page.setViewportSize({ width, height: sizes.phone.height });
    // Charts take their new size a moment later.
    await waitFor(
      `${name} not to be scrolled sideways at ${width} px`,
      () => page.evaluate<boolean>(isNarrow),
      5000,
    )
      .catch(async (error) => {
        throw new Error((await page.evaluate<string[]>(`(${listBeyond})("body *")`)).at(-1), {
          cause: error,
        });
      });
    const cut = await page.evaluate<string[]>(
      `(${listBeyond})("main :is(button, input, select), dialog button")`,
    );
    assertEquals(cut, [], `${name} at ${width} px cuts these off`);
  }
}

const isNarrow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";

/** Those that end right of the window; the innermost ones come last. */
const listBeyond = `(selector) => [...document.querySelectorAll(selector)]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 200))`;
