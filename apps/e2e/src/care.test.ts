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

  it("needs no mouse: a webhook is added with the keyboard alone, and what has the focus can be seen", async () => {
    const [page] = await signIn();
    await open(page, "/webhooks");
    await reach(page, "Add New Webhook");
    await page.keyboard.press("Enter");
    await page.waitForURL(/webhooks\/new/);
    await reach(page, "Name");
    await page.keyboard.type("By keyboard");
    await reach(page, "URL");
    await page.keyboard.type("https://keys.example/in");
    await reach(page, "Event");
    await page.keyboard.type("Payment Rec");
    await reach(page, "Save Webhook");
    await page.keyboard.press("Enter");
    await page.getByText("The webhook was added.").first().waitFor();
    await expect.poll(() => page.getByText("https://keys.example/in").count()).toBe(1);
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
      await expect.poll(() => page.getByText("20 / second").count()).toBe(1);
    },
  );

  it("says on every empty list why it is empty, and has the one next step", async () => {
    const fresh = await startSidecar();
    onTestFinished(async () => void (await fresh.stop()));
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(/http:\S+\/admin\/sign-in\?link=\S+/.exec(fresh.readOutput())?.[0] ?? "");
    const steps = {
      "/overview": "/webhooks/new",
      "/webhooks": "/webhooks/new",
      "/deliveries": "/webhooks",
      "/events": "/settings",
      "/replays": "/replays/new",
    };
    for (const [path, next] of Object.entries(steps)) {
      await page.goto(`${fresh.url}/admin${path}`);
      expect({ path, empty: await page.locator(".empty").count() }).toEqual({ path, empty: 1 });
      const step = page.getByRole("main").locator(`a[href="/admin${next}"]`);
      expect({ path, steps: await step.count() }).toEqual({ path, steps: 1 });
    }
    await page.goto(`${fresh.url}/admin/bins`);
    expect(await page.locator(".empty").count()).toBe(1);
    expect(await page.getByRole("button", { name: "Add Bin" }).count()).toBe(1);
    await page.goto(`${fresh.url}/admin/issues`);
    expect(await page.locator(".empty").textContent()).toContain("Nothing fails");
  });

  it("prints a delivery whole: every attempt and the payload, and nothing that can only be clicked", async () => {
    const [page] = await signIn();
    await open(page, "/deliveries");
    await page.getByRole("rowheader").getByRole("link").first().click();
    await page.waitForLoadState("load");
    await page.emulateMedia({ media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    const seen = (selector: string) => page.locator(selector).filter({ visible: true }).count();
    expect(await seen("nav, .button, form, .parent")).toBe(0);
    expect(await seen("details:not([open])")).toBe(0);
    expect(await seen(".attempt .headers")).toBeGreaterThan(0);
    expect(await seen(".tree .name")).toBeGreaterThan(10);
    expect((await page.pdf({ format: "A4" })).length).toBeGreaterThan(10_000);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await page.locator("details:not([open])").count()).toBeGreaterThan(0);
  });

  it("is dark where the reader wants that, and large on a large screen", async () => {
    const [page] = await signIn({ viewport: { width: 3840, height: 2160 } });
    await open(page, "/webhooks");
    const style = (name: string) =>
      page.evaluate<string>(`getComputedStyle(document.documentElement)[${JSON.stringify(name)}]`);
    expect(Number.parseFloat(await style("fontSize"))).toBeGreaterThan(18);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(3840);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await style("backgroundColor")).toBe("rgb(240, 240, 241)");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await style("backgroundColor")).toBe("rgb(21, 24, 27)");
  });

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

/** Goes there by the tab key, as somebody without a mouse does, and can see where. */
async function reach(page: Page, name: string): Promise<void> {
  const wanted = page
    .getByRole("main")
    .locator(":focus-visible")
    .and(
      page
        .getByLabel(name, { exact: true })
        .or(page.getByRole("link", { name, exact: true }))
        .or(page.getByRole("button", { name, exact: true })),
    );
  for (let steps = 0; (await wanted.count()) === 0; steps++) {
    expect({ name, steps }).toMatchObject({ steps: expect.toSatisfy((count) => count < 60) });
    await page.keyboard.press("Tab");
  }
  expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
}

const watchShifts = `window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });`;
