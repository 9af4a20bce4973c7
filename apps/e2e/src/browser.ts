import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { findProgram } from "../../../tools/system.ts";
import type { WordPress } from "../../../tools/wordpress.ts";

/** Kept after the run, to be looked at. */
export const screenshots = join(import.meta.dirname, "../../../.cache/screenshots");

/** Starts Debian's Chromium so that it talks to nobody but the pages it is sent to. */
export async function startBrowser(): Promise<Browser> {
  mkdirSync(screenshots, { recursive: true });
  const executablePath = findProgram("chromium");
  if (!executablePath) throw new Error("chromium is not installed: node tools/system.ts");
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // WordPress shows portraits from another host: names are not even looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  return chromium.launch({ executablePath, args: quiet });
}

/** Signs in to WordPress in a browser context of its own. */
export async function logIn(
  browser: Browser,
  { url, adminPassword }: WordPress,
  login: string,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(`${url}/wp-login.php`);
  await page.locator("#user_login").fill(login);
  await page.locator("#user_pass").fill(adminPassword);
  await page.locator("#wp-submit").click();
  await page.waitForURL(/wp-admin/);
  return { context, page };
}

/** What a page must never do: report a broken policy, log an error, ask another host. */
export function watchPage(page: Page, ownOrigins: readonly string[]): { faults: readonly string[] } {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && !ownOrigins.includes(origin)) faults.push(`asked ${origin}`);
  });
  return { faults };
}
