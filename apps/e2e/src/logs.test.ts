import type { Browser, Page } from "playwright-core";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

describeE2e("the logs in a browser", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let browser: Browser;
  let isDown = true;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: () => ({ status: isDown ? 503 : 200, body: "maintenance" }) });
    sidecar = await startSidecar({ ...allow(receiver), SIDEHOOK_RETRY_SCHEDULE: "1h" });
    browser = await startBrowser();
    await createWebhook(sidecar, { url: receiver.url, events: ["*"], name: "CRM" });
    await ingest({ payment_id: 5, customer_id: 7, payment_status: "pending" });
    await ingest({ payment_id: 5, customer_id: 7, payment_status: "completed" });
  });

  afterAll(async () => {
    await browser.close();
    await sidecar.stop();
    await receiver.close();
  });

  async function ingest(payload: Record<string, unknown>): Promise<void> {
    const { status } = await sidecar.call("POST", "/v1/events", { type: "payment_received", payload });
    expect(status).toBe(202);
  }

  async function signIn(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options);
    await page.goto(`${sidecar.url}/admin/sign-in`);
    await page.getByLabel("Admin token").fill(sidecar.adminToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  }

  const rows = (page: Page) => page.locator("tbody tr").count();

  describe("the log of deliveries in a browser", () => {
    test("shows what happens without being loaded again, and stands still when told to", async () => {
      const page = await signIn();
      const { faults } = watchPage(page, [sidecar.url]);
      await page.goto(`${sidecar.url}/admin/deliveries`);
      const before = await rows(page);
      let loads = 0;
      page.on("load", () => loads++);
      await ingest({ payment_id: 6 });
      await waitUntil(async () => (await rows(page)) === before + 1, {
        what: "the new delivery to be shown",
      });
      await waitUntil(
        async () => (await page.locator("#announcements").textContent()) === "The list has changed.",
        {
          what: "the change to be read out",
        },
      );
      expect(loads).toBe(0);

      const live = page.getByRole("button", { name: "Live" });
      await live.click();
      expect(await live.getAttribute("aria-pressed")).toBe("false");
      let asked = 0;
      page.on("request", () => asked++);
      await ingest({ payment_id: 7 });
      await live.click();
      await waitUntil(async () => (await rows(page)) === before + 2, { what: "the list to go on" });
      expect(asked).toBeLessThanOrEqual(2);
      expect(faults).toEqual([]);
      await page.close();
    });

    test("keeps what somebody has unfolded", async () => {
      const page = await signIn();
      await page.goto(`${sidecar.url}/admin/deliveries?state=pending`);
      await page.locator("tbody a").first().click();
      await page.locator("#attempt-1").getByText("Headers").last().click();
      const headers = page.getByText("webhook-signature");
      await headers.waitFor();
      const asked = page.waitForResponse((response) => response.url() === page.url());
      await (await asked).finished();
      await waitUntil(async () => (await page.locator("[data-live] time").count()) > 0, {
        what: "the exchange",
      });
      expect(await headers.isVisible()).toBe(true);
      await page.close();
    });

    test("works without scripts: filters, search, and loading again", async () => {
      const page = await signIn({ javaScriptEnabled: false });
      await page.goto(`${sidecar.url}/admin/deliveries`);
      await page.getByLabel("Search").fill("customer:7");
      await page.getByRole("button", { name: "Filter" }).click();
      await expect.poll(() => rows(page)).toBe(2);
      expect(new URL(page.url()).searchParams.get("q")).toBe("customer:7");
      await page.getByRole("link", { name: "Refresh" }).click();
      await expect.poll(() => rows(page)).toBe(2);
      expect(await page.getByRole("button", { name: "Live" }).isVisible()).toBe(false);
      await page.close();
    });
  });

  describe("one delivery in a browser", () => {
    test("tells what failed, what has changed since the event before, and is replayed from its issue", async () => {
      const page = await signIn();
      const { faults } = watchPage(page, [sidecar.url]);
      await page.goto(`${sidecar.url}/admin/issues`);
      await waitUntil(async () => (await rows(page)) === 1, { what: "one line for all failures" });
      await page.goto(`${sidecar.url}/admin/deliveries?q=customer:7`);
      await page.locator("tbody a").first().click();
      await page.getByText("The receiver failed with an error of its own.").waitFor();
      expect(await page.locator(".tree li.changed").textContent()).toBe(
        'payment_status: "completed" was "pending"',
      );

      isDown = false;
      await page.goto(`${sidecar.url}/admin/issues`);
      await page.getByRole("link", { name: "Replay all" }).click();
      await page.getByRole("button", { name: /^Replay \d+ deliveries$/ }).click();
      await page.getByText("Done").waitFor();
      await page.goto(`${sidecar.url}/admin/issues`);
      await page.getByText("Nothing fails").waitFor();
      expect(faults).toEqual([]);
      await page.close();
    });

    test("is printed with nothing folded away", async () => {
      const page = await signIn();
      await page.goto(`${sidecar.url}/admin/deliveries`);
      await page.locator("tbody a").first().click();
      const raw = page.locator(".tree + details pre");
      await raw.waitFor({ state: "attached" });
      await page.waitForLoadState(); // scripts have run
      expect(await raw.isVisible()).toBe(false);
      await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
      expect(await raw.isVisible()).toBe(true);
      await page.emulateMedia({ media: "print" });
      expect(await page.getByRole("button", { name: "Replay" }).isVisible()).toBe(false);
      await page.close();
    });
  });
});
