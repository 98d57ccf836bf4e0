/** Who has to log in, does so, and comes back to where it was going; and what ends a session. */

import { assertEquals } from "@std/assert";
import { checkAccessibleInBoth } from "../support/axe.ts";
import { browserTest, screenshotFolder, useBrowser } from "../support/browser.ts";

useBrowser();

const token = "correct-horse-battery-staple-and-more";
const tokenFile = await Deno.makeTempFile({ prefix: "queuectl-token-" });
await Deno.writeTextFile(tokenFile, `${token}\n`, { mode: 0o600 });
Deno.test.afterAll(() => Deno.remove(tokenFile));
const args = ["serve", "--listen", "127.0.0.1:0", "--token-file", tokenFile];

browserTest(
  "a wrong token is refused, the right one leads to the page that was asked for",
  { args },
  async (visit) => {
    const { page, open } = visit;
    visit.expectMessage(/status of 401/);
    await open("/jobs?state=dead");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("That is not the token.").waitFor();
    await checkAccessibleInBoth(page, "the login page");
    await page.screenshot({ path: `${await screenshotFolder()}/login-dark.png` });
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
    const { pathname, search } = new URL(page.url());
    assertEquals(pathname + search, "/jobs?state=dead");
  },
);

browserTest("after many wrong tokens the page says so, and takes the right one", { args }, async (visit) => {
  const { page, server, open } = visit;
  visit.expectMessage(/status of 429/);
  for (let i = 0; i < 10; i++) {
    await server.ask("/api/v1/status", { headers: { authorization: `Bearer wrong${i}` } });
  }
  await open("/jobs?state=dead");
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").getByText("Too many tries; wait a minute").waitFor();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
});

browserTest("a logout ends the session", { args }, async ({ page, open }) => {
  await open("/");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await open("/workers");
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

browserTest("a page whose session has ended leads to the login, and back", { args }, async (visit) => {
  const { page, open, context } = visit;
  visit.expectMessage(/status of 401|Failed to load resource|ERR_/);
  await open("/");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Live", { exact: true }).waitFor();
  await context.clearCookies();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Workers" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Workers", level: 1 }).waitFor();
});

browserTest(
  "the link of queuectl ui logs one browser in, which may open it again; another one may not",
  { args: ["ui", "--no-open"] },
  async (visit) => {
    const { page, server, context } = visit;
    visit.expectMessage(/status of 401/);
    await page.goto(server.printed);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    assertEquals(new URL(page.url()).search, "");
    await page.goto(server.printed);
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    await context.clearCookies();
    await page.goto(server.printed);
    await page.getByText("This link was used already.").waitFor();
  },
);
