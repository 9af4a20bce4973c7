import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { people, startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { runAxe } from "./axe.ts";
import { logIn, screenshots, startBrowser } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { standIn } from "./takeover.ts";
import { findExcess, locales, phone } from "./wp-admin-visits.ts";

describeE2e("the connection in the network admin on a phone", () => {
  let browser: Browser;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    browser = await startBrowser();
    sidecar = await startSidecar();
    wordpress = await startWordPress({
      sidecarUrl: sidecar.url,
      bridgeKey: sidecar.bridgeKey,
      plugins: [standIn],
    });
    await wordpress.php(`
      wu_create_webhook( array( 'name' => 'Accounting', 'webhook_url' => 'https://hooks.example/accounting', 'event' => 'payment_received' ) );
      sidehook_send_event( 'refused_because_it_is_too_long', array( 'a' => str_repeat( 'x', 300000 ) ) );`);
  });
  afterAll(async () => {
    await browser.close();
    await wordpress.stop();
    await sidecar.stop();
  });

  it("is as wide as the phone in every language, with a sidecar and without, and axe finds nothing", async () => {
    const { context, page } = await logIn(browser, wordpress, people.admin, { viewport: phone });
    const findings = await look(page, "with a sidecar");
    wordpress.configure({});
    findings.push(...(await look(page, "without")));
    expect(findings).toEqual([]);
    await context.close();
  });

  async function look(page: Page, how: string): Promise<string[]> {
    const findings: string[] = [];
    for (const locale of ["", ...locales]) {
      await wordpress.php(`update_user_meta( 1, 'locale', '${locale}' );`);
      await page.goto(`${wordpress.url}/wp-admin/network/admin.php?page=sidehook&path=bridge`);
      expect(await page.locator("#refused").count()).toBe(1);
      const found = [...(await runAxe(page, { part: ".wrap" })), ...(await findExcess(page))];
      findings.push(...found.map((finding) => `${how}, ${locale}: ${finding}`));
      await page.screenshot({
        path: join(screenshots, `wp-admin-phone-${how.split(" ", 1)[0]}-${locale || "en"}.png`),
        fullPage: true,
      });
    }
    return findings;
  }
});
