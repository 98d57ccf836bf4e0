/** Tests in a browser: one Chromium for each file of tests, and a new context with its own server for each test. */

import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from "playwright-core";
import { assertEquals } from "@std/assert";
import { builtDashboard } from "./built_dashboard.ts";
import { findChromium, launchChromium } from "./chromium.ts";
import { TestQueue } from "./program.ts";
import { WebServer } from "./web_server.ts";

export const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 375, height: 740 },
} as const;

/** How long a page may take for anything; machines that run tests are slow. */
const patienceMs = 15_000;

export interface Visit {
  readonly queue: TestQueue;
  readonly server: WebServer;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Goes to a path of the server. */
  open(path: string): Promise<void>;
  /** Messages of the console that are meant to come do not fail the test. */
  expectMessage(pattern: RegExp): void;
}

export interface VisitOptions {
  /** What the server is started with; a server without a login where it is left out. */
  readonly args?: readonly string[];
  readonly size?: keyof typeof sizes;
  readonly scheme?: "light" | "dark";
  /** What there is before the server starts. */
  readonly prepare?: (queue: TestQueue) => Promise<void>;
}

/** A queue with its server that several tests look at. */
export interface Shared {
  readonly queue: TestQueue;
  readonly server: WebServer;
}

const chromium = findChromium();
let browser: Browser | undefined;

/** Call it once in a file, before its tests. */
export function useBrowser(): void {
  if (chromium === null) return;
  Deno.test.beforeAll(async () => {
    browser = await launchChromium(chromium);
  });
  Deno.test.afterAll(async () => {
    await browser?.close();
  });
}

/** A test with a queue and a server of its own. It fails too where the console of the browser has an error. */
export function browserTest(
  name: string,
  options: VisitOptions,
  body: (visit: Visit) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: chromium === null,
    async fn() {
      const { queue, server } = await startServer(options);
      await using _queue = queue;
      await using _server = server;
      await visit({ queue, server }, options, body);
    },
  });
}

/** A test that looks at what others look at too. */
export function sharedTest(
  name: string,
  shared: () => Shared,
  options: Pick<VisitOptions, "size" | "scheme">,
  body: (visit: Visit) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: chromium === null,
    fn: () => visit(shared(), options, body),
  });
}

/** One queue with its server for the tests of a file. */
export function shareServer(options: VisitOptions): () => Shared {
  let shared: Shared | undefined;
  if (chromium !== null) {
    Deno.test.beforeAll(async () => {
      shared = await startServer(options);
    });
    Deno.test.afterAll(async () => {
      await shared?.server[Symbol.asyncDispose]();
      await shared?.queue[Symbol.asyncDispose]();
    });
  }
  return () => shared!;
}

async function startServer({ args, prepare }: VisitOptions): Promise<Shared> {
  await builtDashboard();
  const queue = await TestQueue.create();
  try {
    await prepare?.(queue);
    return { queue, server: await WebServer.start(queue, args) };
  } catch (error) {
    await queue[Symbol.asyncDispose]();
    throw error;
  }
}

async function visit(
  { queue, server }: Shared,
  { size = "desktop", scheme = "light" }: VisitOptions,
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const wanted: BrowserContextOptions = {
    viewport: sizes[size],
    colorScheme: scheme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
    ...(size === "phone" ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
  };
  const context = await browser!.newContext(wanted);
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const messages = new Messages(page);
  try {
    await body({
      queue,
      server,
      context,
      page,
      open: async (path) => void await page.goto(server.url(path)),
      expectMessage: (pattern) => messages.expect(pattern),
    });
    assertEquals(messages.unexpected(), []);
  } catch (error) {
    await page.screenshot({ path: `${await screenshotFolder()}/failed.png` }).catch(() => {});
    const said = messages.unexpected();
    if (said.length > 0) console.error(said.join("\n"));
    throw error;
  } finally {
    await context.close();
  }
}

/** What goes wrong in a page: errors in its console, where refusals of its policy show too, and errors that nobody caught. */
class Messages {
  readonly #said: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page) {
    page.on("console", (message: ConsoleMessage) => {
      const { url } = message.location();
      if (message.type() === "error" || message.type() === "warning") {
        this.#said.push(`${message.type()}: ${message.text()} (${url})`);
      }
    });
    page.on("pageerror", (error: Error) => this.#said.push(`uncaught: ${error.stack ?? error.message}`));
  }

  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  unexpected(): string[] {
    return this.#said.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }
}

/** Where screenshots are kept: QUEUECTL_SCREENSHOTS, or dist/screenshots. */
export async function screenshotFolder(): Promise<string> {
  const folder = Deno.env.get("QUEUECTL_SCREENSHOTS") ??
    new URL("../../dist/screenshots", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

/** Waits until nothing of a page is on its way any more. */
export async function loaded(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("main").locator(".loading").first().waitFor({ state: "detached" });
}
