import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { logActions } from "./actions/log-actions.ts";
import { otherActions } from "./actions/other-actions.ts";
import { fill, happen, make, open, press, read, type Stage } from "./actions/stage.ts";
import { webhookActions } from "./actions/webhook-actions.ts";
import { wordsOf } from "./actions/words.ts";
import { startBrowser, watchPage } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow } from "./webhook.ts";

const modes = [
  { language: "en", javaScriptEnabled: true },
  { language: "en", javaScriptEnabled: false },
  { language: "ml", javaScriptEnabled: true },
  { language: "ml", javaScriptEnabled: false },
] as const;

describeE2e("the main action of every page", () => {
  const broken = new Set<string>();
  let browser: Browser;
  let receiver: Receiver;
  /** Makes no deliveries: what is replayed there is never done. */
  let still: Sidecar;

  beforeAll(async () => {
    receiver = await startReceiver({ answer: ({ path }) => ({ status: broken.has(path) ? 503 : 200 }) });
    [browser, still] = await Promise.all([
      startBrowser(),
      startSidecar({ ...allow(receiver), SIDEHOOK_ROLE: "api" }),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await still.stop();
    await receiver.close();
  });

  // Each in a house of its own, all at once: what one waits for, another one uses. No `expect.poll` in here: it asks
  // for the one test that is running, and there is none while another of the four has just ended.
  describe.concurrent.for(modes)("in $language, scripts: $javaScriptEnabled", (mode) => {
    describe("works", { concurrent: false }, () => {
      actIn(mode);
    });
  });

  function actIn({ language, javaScriptEnabled }: (typeof modes)[number]): void {
    const words = wordsOf(language);
    let context: BrowserContext;
    let page: Page;
    let sidecar: Sidecar;
    let faults: readonly string[];

    beforeAll(async () => {
      sidecar = await startSidecar(allow(receiver));
      const viewport = { width: 1280, height: 800 };
      context = await browser.newContext({ javaScriptEnabled, viewport, locale: language });
      page = await context.newPage();
      page.setDefaultTimeout(10_000);
      ({ faults } = watchPage(page, [sidecar.url, still.url]));
      await signIn(sidecar);
    });
    afterAll(async () => {
      await context.close();
      await sidecar.stop();
    });

    const stageOf = (own: Sidecar): Stage => ({ page, words, sidecar: own, receiver, broken });

    async function signIn(own: Sidecar): Promise<void> {
      await open(stageOf(own), "/sign-in");
      expect(await page.getAttribute("html", "lang")).toBe(language);
      await fill(stageOf(own), words.adminToken, own.adminToken);
      await press(stageOf(own), words.signIn);
      await page.waitForURL(/overview/);
    }

    it.for([...webhookActions, ...logActions, ...otherActions])("$name", async ({ run }) => {
      await run(stageOf(sidecar));
      // The browser itself reports the answer to a form that was not right.
      expect(faults.filter((fault) => !fault.includes("status of 422"))).toEqual([]);
    });

    it("cancels a replay", async () => {
      const stage = stageOf(still);
      await signIn(still);
      const webhook = await make(stage);
      await happen(stage);
      const { body } = await still.call("POST", "/v1/replays", { filter: { webhookId: webhook.id } });
      const { id } = body as { id: string };
      await open(stage, `/replays/${id}`);
      await press(stage, words.cancelReplay);
      await page.waitForURL(/notice=replayCancelled/);
      expect(await read(stage, `/v1/replays/${id}`)).toMatchObject({ state: "cancelled" });
      expect(faults.filter((fault) => !fault.includes("status of 422"))).toEqual([]);
    });
  }
});
