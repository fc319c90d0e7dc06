/// <reference lib="dom" />
/** A real browser for the pages of reports, where there is one on this machine. Never fetches one. */

import type { Browser, BrowserContext, Page } from "playwright-core";

/** Where browsers usually are. `CHROMIUM` names another. */
const PLACES: readonly string[] = [
  ...[
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
  ],
  ...["/snap/bin/chromium", "/opt/google/chrome/chrome"],
  ...["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"],
  ...["C:/Program Files/Google/Chrome/Application/chrome.exe"],
];

/** The browser's program, or undefined when there is none. */
export function chromiumPath(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  return [...(named === undefined ? [] : [named]), ...PLACES].find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** How long a page may take for anything, in milliseconds. */
const PATIENCE_MS = 120_000;

/** An open page, and everything that it should not do. */
export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Messages of its console, dialogs, errors that nobody caught, and requests for anything but itself. */
  readonly complaints: readonly string[];
}

/** A browser that is closed at the end of its block. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts it. */
  static async start(executablePath: string): Promise<TestBrowser> {
    const { chromium } = await import("playwright-core");
    // Its own sandbox does not work for root, which containers often are.
    const args = Deno.build.os !== "windows" && Deno.uid() === 0 ? ["--no-sandbox"] : [];
    return new TestBrowser(await chromium.launch({ executablePath, args }));
  }

  /** Opens a file and waits until it has built its page. */
  async open(path: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<OpenPage> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    // Other tests may have the machine to themselves for long.
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage(), complaints: string[] = [], url = new URL(`file://${path}`).href;
    page.on("console", (message) => complaints.push(`console: ${message.text()}`));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== url) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    await page.waitForSelector("main");
    return { page, context, complaints };
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
