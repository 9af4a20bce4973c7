import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findEventType } from "@sidehook/events";
import { startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { createWebhook } from "./webhook.ts";

describeE2e("care for whoever uses the pages", () => {
  let browser: Browser;
  let sidecar: Sidecar;

  beforeAll(async () => {
    [browser, sidecar] = await Promise.all([startBrowser(), startSidecar()]);
    await createWebhook(sidecar, { url: "http://127.0.0.1:9/crm", events: ["*"], name: "CRM" });
    await createWebhook(sidecar, {
      url: "http://127.0.0.1:9/erp",
      events: ["payment_*"],
      name: "Accounting",
    });
    const payload = findEventType("payment_received")?.sample;
    await sidecar.call("POST", "/v1/events", { events: [{ type: "payment_received", payload }] });
  });
  afterAll(async () => {
    await browser.close();
    await sidecar.stop();
  });

  async function signIn(options: Parameters<Browser["newContext"]>[0] = {}): Promise<[Page, BrowserContext]> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`${sidecar.url}/admin/sign-in`);
    await page.getByLabel("Admin token").fill(sidecar.adminToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation").first().waitFor();
    return [page, context];
  }

  const open = (page: Page, path: string) => page.goto(`${sidecar.url}/admin${path}`);

  it("takes the key / to the search, and leaves it alone where somebody types", async () => {
    const [page] = await signIn();
    await open(page, "/webhooks");
    await page.keyboard.press("/");
    await page.keyboard.type("acc/");
    const search = page.getByRole("searchbox");
    expect(await search.inputValue()).toBe("acc/");
    await search.fill("acc");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=acc/);
    expect(await page.getByRole("rowheader").count()).toBe(1);
  });

  it("does once what is clicked twice", async () => {
    const [page] = await signIn();
    await open(page, "/settings/access");
    await page.getByLabel("Name", { exact: true }).fill("Twice");
    await page.getByLabel("events:write").check();
    await page.getByRole("button", { name: "Make token" }).dblclick();
    await page.getByText("This is the new token.").waitFor();
    const { body } = await sidecar.call("GET", "/v1/tokens");
    expect(body).toMatchObject({ data: [{ name: "Twice" }] });
  });

  it("reads out what was done, and takes it back with one button", async () => {
    const [page] = await signIn();
    await open(page, "/webhooks");
    await page.getByRole("checkbox", { name: "Choose CRM" }).check();
    await page.locator("#bulk-action").selectOption("deactivate");
    await page.getByRole("button", { name: "Apply" }).click();
    const region = page.locator("#announcements");
    await expect.poll(() => region.textContent()).toContain("The webhooks are inactive");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("The webhooks are active.").first().waitFor();
    expect(await page.getByRole("row", { name: /CRM/ }).getByText("Inactive").count()).toBe(0);
  });

  it("finds events by what somebody types, and asks for a password only where one is wanted", async () => {
    const [page] = await signIn();
    await open(page, "/webhooks/new");
    await page.getByText("Choose several events").click();
    await page.getByLabel("Search").fill("refunded");
    expect(await page.getByRole("checkbox", { name: "Payment Refunded" }).isVisible()).toBe(true);
    expect(await page.getByRole("checkbox", { name: "Site Published" }).isVisible()).toBe(false);
    await page.getByText("More options").click();
    expect(await page.getByLabel("Password", { exact: true }).isVisible()).toBe(false);
    await page.getByLabel("Authentication").selectOption("basic");
    expect(await page.getByLabel("Password", { exact: true }).isVisible()).toBe(true);
    expect(await page.getByLabel("Token", { exact: true }).isVisible()).toBe(false);
  });

  it.for([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])(
    "saves what the second part of the form says (scripts: $javaScriptEnabled)",
    async ({ javaScriptEnabled }) => {
      const [page] = await signIn({ javaScriptEnabled });
      await open(page, "/webhooks/new?event=payment_received");
      await page.getByLabel("Name", { exact: true }).fill("Shop");
      await page.getByLabel("URL", { exact: true }).fill("https://shop.example/in");
      await page.getByText("More options").click();
      await page.getByLabel("Filter").fill('{"payment_status": ["completed"]}');
      await page.getByRole("button", { name: "Try on past events" }).click();
      await page.getByText("Of 1 past event 1 would have been delivered.").waitFor();
      await page.getByLabel("At most so many requests").fill("20");
      await page.getByRole("button", { name: "Save Webhook" }).last().click();
      await page.getByText("The webhook was added.").first().waitFor();
      expect(await page.getByText("20 / second").count()).toBe(1);
    },
  );

  it("tells times in the reader's own zone, from the first page on, and nothing moves", async () => {
    const [page] = await signIn({ timezoneId: "Asia/Kolkata" });
    const { faults } = watchPage(page, [sidecar.url]);
    await page.addInitScript(watchShifts);
    for (const path of ["/overview", "/webhooks", "/settings", "/deliveries", "/webhooks/new"]) {
      await open(page, path);
      await page.waitForLoadState("load");
      expect({ path, shift: await page.evaluate("window.shift") }).toEqual({ path, shift: 0 });
    }
    await open(page, "/settings");
    expect(await page.locator("#session ~ p time").first().textContent()).toContain("GMT+5:30");
    expect(faults).toEqual([]);
  });
});

const watchShifts = `window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });`;
