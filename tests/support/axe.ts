/** axe-core looks at a page; what it finds fails the test. */

import axe from "axe-core";
import type { Page } from "playwright-core";

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** By the rules of WCAG 2.2 AA, and what axe-core holds to be good beside them. */
export async function checkAccessible(page: Page, where: string): Promise<void> {
  // The devtools protocol runs it, so that the page's policy has no say.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<Found>(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ["violations"] })`,
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary ?? ""}`)
  );
  if (found.length > 0) throw new Error(`${where} is not accessible:\n${found.join("\n")}`);
}

/** The same in light and in dark. */
export async function checkAccessibleInBoth(page: Page, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await checkAccessible(page, `${where}, ${colorScheme}`);
  }
}
