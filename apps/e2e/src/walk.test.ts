import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { screenshots, startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";

describeE2e("the walk of a new user", () => {
  let browser: Browser;
  let receiver: Receiver;
  let sidecar: Sidecar;

  beforeAll(async () => {
    [browser, receiver] = await Promise.all([startBrowser(), startReceiver()]);
  });
  afterAll(async () => {
    await browser.close();
    await receiver.close();
  });

  it.for([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])(
    "from the printed link to a payload in a bin ($javaScriptEnabled)",
    async ({ javaScriptEnabled }) => {
      sidecar = await startSidecar();
      const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 1280, height: 800 } });
      const page = await context.newPage();
      const { faults } = watchPage(page, [sidecar.url]);
      const shoot = (name: string) =>
        page.screenshot({
          path: join(screenshots, `walk-${name}${javaScriptEnabled ? "" : "-no-script"}.png`),
        });

      await page.goto(/http:\S+\/admin\/sign-in\?link=\S+/.exec(sidecar.readOutput())?.[0] ?? "");
      expect(new URL(page.url()).pathname).toBe("/admin/overview");
      await shoot("1-empty");
      await addWebhook(page);
      await shoot("3-added");
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Accounting");

      await page
        .getByRole("link", { name: "Send Test Event" })
        .or(page.getByRole("button", { name: "Send Test Event" }))
        .first()
        .click();
      await page.getByRole("button", { name: "Send Test Event" }).click();
      await page.getByText("It worked.").waitFor();
      await page.getByText("The receiver answered 200").waitFor();
      await shoot("4-tested");

      await page.getByRole("navigation").getByRole("link", { name: "Bins" }).click();
      await page.getByRole("main").getByRole("link", { name: "Accounting" }).click();
      await page.getByText("payment_reference_code").first().waitFor();
      await shoot("5-bin");

      await page.getByRole("navigation").getByRole("link", { name: "Deliveries" }).click();
      await page.getByRole("table").getByText("Delivered").first().waitFor();
      await shoot("6-deliveries");
      expect(faults).toEqual([]);
      await context.close();
      await sidecar.stop();
    },
  );

  async function addWebhook(page: Page): Promise<void> {
    await page.getByRole("main").getByRole("link", { name: "Add New Webhook" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Accounting");
    await page.getByRole("button", { name: "Use a bin" }).click();
    expect(await page.getByLabel("URL", { exact: true }).inputValue()).toContain(`${sidecar.url}/bin/bin_`);
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Accounting");
    await page.getByLabel("Event", { exact: true }).selectOption({ label: "Payment Received" });
    await page.screenshot({ path: join(screenshots, "walk-2-form.png"), fullPage: true });
    await page.getByRole("button", { name: "Save Webhook" }).last().click();
  }
});

describeE2e("the walk on a real WordPress network", () => {
  let browser: Browser;
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    [browser, receiver] = await Promise.all([startBrowser(), startReceiver()]);
    sidecar = await startSidecar(allow(receiver));
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
  });
  afterAll(async () => {
    await browser.close();
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  it("shows in the network admin that it is connected, and sends a test all the way", async () => {
    await createWebhook(sidecar, { url: `${receiver.url}/tests`, events: ["sidehook.*"], name: "Tests" });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${wordpress.url}/wp-login.php`);
    await page.getByLabel("Username or Email Address").fill(wordpress.adminUser);
    await page.locator("#user_pass").fill(wordpress.adminPassword);
    await page.getByRole("button", { name: "Log In" }).click();
    await page.waitForURL(/wp-admin/);
    await page.goto(`${wordpress.url}/wp-admin/network/`);
    const menu = page.locator("#adminmenu");
    await menu.getByRole("link", { name: "Settings" }).first().hover();
    await page.goto(`${wordpress.url}/wp-admin/network/settings.php?page=sidehook&path=bridge`);
    await page.getByRole("heading", { name: "Webhooks" }).first().waitFor();
    await page.screenshot({ path: join(screenshots, "wordpress-1-page.png"), fullPage: true });
    await page.getByRole("button", { name: "Send Test Event" }).click();
    await receiver.waitFor((requests) => requests.some(({ path }) => path === "/tests"));
    await expect.poll(() => page.getByText("has accepted the test event").count()).toBe(1);
    await page.screenshot({ path: join(screenshots, "wordpress-2-tested.png"), fullPage: true });
    await context.close();
  });

  it("gives the mailing list the name and address of a new user within a second", async () => {
    await createWebhook(sidecar, {
      url: `${receiver.url}/list`,
      events: ["wp_user_created"],
      name: "Mailing list",
    });
    const code = `
      $id = wpmu_create_user( 'meera', 'correct-horse', 'meera@example.com' );
      wp_update_user( array( 'ID' => $id, 'display_name' => 'Meera' ) );
      echo microtime( true );`;
    const happenedAtMs = Number(await wordpress.php(code)) * 1000;
    await receiver.waitFor((requests) => requests.some(({ path }) => path === "/list"));
    const [request] = receiver.requests.filter(({ path }) => path === "/list");
    expect(JSON.parse(request?.body ?? "")).toMatchObject({ login: "meera", email: "meera@example.com" });
    console.log(
      `from the new user to the mailing list: ${(request?.receivedAt.getTime() ?? 0) - happenedAtMs} ms`,
    );
  });
});
