import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { screenshots, startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";

/** What stands on the pages, word by word: whoever changes it has looked at the walk again. */
const words = {
  add: "പുതിയ വെബ്‌ഹുക്ക് ചേർക്കുക",
  name: "പേര്",
  useBin: "ബിൻ ഉപയോഗിക്കുക",
  event: "ഇവന്റ്",
  paymentReceived: "പേയ്‌മെന്റ് ലഭിച്ചു",
  save: "വെബ്‌ഹുക്ക് സേവ് ചെയ്യുക",
  sendTest: "ടെസ്റ്റ് ഇവന്റ് അയയ്ക്കുക",
  worked: "വിജയിച്ചു.",
  bins: "ബിന്നുകൾ",
};

describeE2e("the walk of a new user who reads Malayalam", () => {
  let browser: Browser;
  let sidecar: Sidecar;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it.for([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])(
    "leads from the printed link to a payload in a bin (scripts: $javaScriptEnabled)",
    async ({ javaScriptEnabled }) => {
      sidecar = await startSidecar();
      const viewport = { width: 1280, height: 800 };
      const context = await browser.newContext({ javaScriptEnabled, viewport, locale: "ml-IN" });
      const page = await context.newPage();
      const { faults } = watchPage(page, [sidecar.url]);
      await page.goto(/http:\S+\/admin\/sign-in\?link=\S+/.exec(sidecar.readOutput())?.[0] ?? "");
      expect(await page.getAttribute("html", "lang")).toBe("ml");
      await addWebhook(page);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("കണക്കുകൾ");

      const sendTest = { name: words.sendTest, exact: true };
      await page.getByRole("link", sendTest).or(page.getByRole("button", sendTest)).first().click();
      await page.getByRole("button", sendTest).click();
      await page.getByText(words.worked).waitFor();
      await shoot(page, `tested${javaScriptEnabled ? "" : "-no-script"}`);

      await page.getByRole("navigation").getByRole("link", { name: words.bins }).click();
      await page.getByRole("main").getByRole("link", { name: "കണക്കുകൾ" }).click();
      await page.getByText("payment_reference_code").first().waitFor();
      expect(faults).toEqual([]);
      await context.close();
      await sidecar.stop();
    },
  );

  async function addWebhook(page: Page): Promise<void> {
    await page.getByRole("main").getByRole("link", { name: words.add }).first().click();
    await page.getByLabel(words.name, { exact: true }).fill("കണക്കുകൾ");
    await page.getByRole("button", { name: words.useBin }).click();
    expect(await page.getByLabel("URL", { exact: true }).inputValue()).toContain(`${sidecar.url}/bin/bin_`);
    expect(await page.getByLabel(words.name, { exact: true }).inputValue()).toBe("കണക്കുകൾ");
    await page.getByLabel(words.event, { exact: true }).selectOption({ label: words.paymentReceived });
    await shoot(page, "form");
    await page.getByRole("button", { name: words.save }).last().click();
  }

  async function shoot(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(screenshots, `walk-malayalam-${name}.png`), fullPage: true });
  }
});
