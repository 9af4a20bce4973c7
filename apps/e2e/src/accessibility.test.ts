import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { findEventType } from "@sidehook/events";
import { runAxe } from "./axe.ts";
import { screenshots, startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const narrow = { width: 360, height: 740 };
const wide = { width: 1280, height: 800 };
const laptop = { width: 1024, height: 740 };
const bothSchemes = ["light", "dark"] as const;

describeE2e("every page", () => {
  let browser: Browser;
  let receiver: Receiver;
  let sidecar: Sidecar;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: ({ path }) => ({ status: path === "/erp" ? 503 : 200 }) });
    [browser, sidecar] = await Promise.all([startBrowser(), startSidecar(allow(receiver))]);
    await seed();
  });
  afterAll(async () => {
    await browser.close();
    await sidecar.stop();
    await receiver.close();
  });

  it("can be used by everybody: no finding of axe in light and dark, nothing wider than a phone, no fault", async () => {
    const page = await browser.newPage({ viewport: wide });
    page.setDefaultTimeout(10_000);
    const { faults } = watchPage(page, [sidecar.url]);
    await page.goto(`${sidecar.url}/admin/sign-in`);
    const findings = await examine(page, "/sign-in", bothSchemes);
    await signIn(page);
    const visited = new Set<string>();
    const waiting = ["/overview", "/webhooks/new"];
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (visited.has(shapeOf(path))) continue;
      visited.add(shapeOf(path));
      const answer = await page.goto(`${sidecar.url}/admin${path}`);
      expect({ path, status: answer?.status() }).toEqual({ path, status: 200 });
      findings.push(...(await examine(page, path, bothSchemes)));
      waiting.push(...(await linksOf(page)));
    }
    findings.push(...(await examineAnswers(page)));
    expect(findings).toEqual([]);
    // The browser itself reports the answer to a form that was not right.
    expect(faults.filter((fault) => !fault.includes("status of 422"))).toEqual([]);
    expect(visited.size).toBeGreaterThan(25);
    await page.close();
  });

  it("speaks every language in a form that fits: nothing wider than a phone or a laptop, no finding of axe", async () => {
    const offered = await listLanguages();
    expect(offered).toEqual(expect.arrayContaining(["en", "ml", "bn", "hi", "pa", "te"]));
    const locales = [...offered, "ar-XB"];
    const lanes = [0, 1].map((lane) => locales.filter((_, index) => index % 2 === lane));
    const findings = await Promise.all(lanes.map(examineLocales));
    expect(findings.flat()).toEqual([]);
  });

  async function examineLocales(locales: readonly string[]): Promise<string[]> {
    const findings: string[] = [];
    for (const locale of locales) {
      const page = await browser.newPage({ viewport: wide, locale });
      const { faults } = watchPage(page, [sidecar.url]);
      await signIn(page);
      expect(await page.getAttribute("html", "lang")).toBe(locale);
      for (const path of await mainPages()) {
        await page.goto(`${sidecar.url}/admin${path}`);
        const schemes = locale === "ml" ? bothSchemes : (["light"] as const);
        findings.push(...(await examine(page, `${path} in ${locale}`, schemes)));
      }
      expect(faults).toEqual([]);
      await page.close();
    }
    return findings;
  }

  /** What a person may choose from. */
  async function listLanguages(): Promise<string[]> {
    const page = await browser.newPage();
    await signIn(page);
    await page.goto(`${sidecar.url}/admin/settings`);
    const values = await page
      .locator("select[name=language] option")
      .evaluateAll((options) => options.map((option) => option.getAttribute("value") ?? ""));
    await page.close();
    return values;
  }

  /** Those that people see every day; the others are of the same parts. */
  async function mainPages(): Promise<string[]> {
    const webhook = await findFirst("/v1/webhooks?limit=1");
    const delivery = await findFirst("/v1/deliveries?state=pending&limit=1");
    const lists = ["/overview", "/webhooks", "/webhooks/new", "/deliveries", "/issues", "/settings"];
    return [...lists, `/webhooks/${webhook}`, `/deliveries/${delivery}`];
  }

  async function findFirst(path: string): Promise<string> {
    const { body } = await sidecar.call("GET", path);
    return (body as { data: { id: string }[] }).data[0]?.id ?? "";
  }

  /** Pages that only a button leads to. */
  async function examineAnswers(page: Page): Promise<string[]> {
    const findings: string[] = [];
    const press = async (name: string) => {
      await page.getByRole("button", { name }).last().click();
      findings.push(...(await examine(page, `${new URL(page.url()).pathname} after ${name}`, bothSchemes)));
    };
    await page.goto(`${sidecar.url}/admin/webhooks/new`);
    await press("Save Webhook");
    await page.getByLabel("Event", { exact: true }).selectOption("payment_received");
    await press("Try on past events");
    await page.goto(`${sidecar.url}/admin/webhooks`);
    await page.getByRole("checkbox", { name: "Choose CRM" }).check();
    await page.locator("#bulk-action").selectOption("pause");
    await press("Apply");
    await press("Undo");
    await page.getByRole("checkbox", { name: "All on this page" }).check();
    await page.locator("#bulk-action").selectOption("delete");
    await press("Apply");
    await press("Delete for good");
    await page.goto(`${sidecar.url}/admin/webhooks?q=CRM`);
    await page.getByRole("main").getByRole("link", { name: "CRM", exact: true }).click();
    await page.getByRole("link", { name: "Test", exact: true }).click();
    await press("Send Test Event");
    await page.getByRole("link", { name: "Secret", exact: true }).click();
    await press("Show secret");
    await press("Make a new secret");
    await page.goto(`${sidecar.url}/admin/settings/access`);
    await press("Make token");
    return findings;
  }

  /** Something of everything: what works, what fails, what waits. */
  async function seed(): Promise<void> {
    await createWebhook(sidecar, { url: `${receiver.url}/crm`, events: ["*"], name: "CRM" });
    await createWebhook(sidecar, { url: `${receiver.url}/erp`, events: ["payment_*"], name: "Accounting" });
    const payload = findEventType("payment_received")?.sample;
    const events = Array.from({ length: 3 }, () => ({
      type: "payment_received",
      payload,
      context: { siteId: 1 },
    }));
    await sidecar.call("POST", "/v1/events", { events });
    await sidecar.call("POST", "/v1/bins", { name: "Bin" });
    await sidecar.call("POST", "/v1/tokens", { name: "CI", scopes: ["events:write"] });
    await sidecar.call("POST", "/v1/replays", { filter: { state: "pending" } });
    await waitUntil(() => sidecar.readLog("delivery.attempted").length >= 6, { what: "the deliveries" });
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${sidecar.url}/admin/sign-in`);
    await page.locator("#token").fill(sidecar.adminToken);
    await page.locator("button[type=submit]").click();
    await page.getByRole("navigation").first().waitFor();
  }

  /** Addresses of our pages on this one, below `/admin`; documents for programs are none. */
  async function linksOf(page: Page): Promise<string[]> {
    const base = `${sidecar.url}/admin`;
    const links = await page.evaluate<string[]>("Array.from(document.links, ({ href }) => href)");
    return links
      .filter((link) => link.startsWith(`${base}/`))
      .map((link) => link.slice(base.length).split("#")[0] ?? "")
      .filter((path) => !path.endsWith(".json"));
  }
});

/** Two pages about two things of one kind are one page, as are two places of a list. */
function shapeOf(path: string): string {
  return (path.split("?")[0] ?? "")
    .replaceAll(/[a-z]+_[0-9a-f]{8}-[0-9a-f-]+/g, ":id")
    .replace(/^(\/event-types\/).+/, "$1:type");
}

/** What is wrong with a page, in words that lead to it. */
async function examine(page: Page, path: string, schemes: readonly ("light" | "dark")[]): Promise<string[]> {
  const findings: string[] = [];
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    findings.push(...(await runAxe(page)).map((finding) => `${path} (${scheme}): ${finding}`));
  }
  for (const size of [narrow, laptop, wide]) {
    await page.setViewportSize(size);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    if (width <= size.width) continue;
    findings.push(`${path}: ${width} px wide in a window of ${size.width}`);
    await page.screenshot({ path: join(screenshots, "too-wide.png"), fullPage: true });
  }
  return findings;
}
