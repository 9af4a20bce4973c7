import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { people, startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { runAxe } from "./axe.ts";
import { logIn as logInTo, screenshots, startBrowser, watchPage } from "./browser.ts";
import { listListeners } from "./listeners.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { allow, createWebhook } from "./webhook.ts";
import { visitInEnglish, visitInOthers } from "./wp-admin-visits.ts";

const rulesOfColours = ["color-contrast", "link-in-text-block"];
const colorSchemes = [
  "fresh",
  "light",
  "modern",
  "blue",
  "coffee",
  "ectoplasm",
  "midnight",
  "ocean",
  "sunrise",
];

interface Address {
  address: string;
  /** Shows something, and is no button or file. */
  isPage: boolean;
}

describeE2e("the pages inside the network admin", () => {
  let known: Address[] | null = null;
  let browser: Browser;
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    [browser, receiver] = await Promise.all([startBrowser(), startReceiver()]);
    sidecar = await startSidecar(allow(receiver));
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
    // Portraits would come from another host.
    await wordpress.php(
      "foreach ( get_sites() as $site ) update_blog_option( $site->id, 'show_avatars', 0 );",
    );
  });
  afterAll(async () => {
    await browser.close();
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  const pageAddress = (path: string) =>
    `${wordpress.url}/wp-admin/network/admin.php?page=sidehook&path=${path}`;

  const logIn = (login: string, options?: BrowserContextOptions) =>
    logInTo(browser, wordpress, login, options);

  it.for([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])(
    "take a super admin through the whole walk without leaving WordPress (scripts: $javaScriptEnabled)",
    async ({ javaScriptEnabled }) => {
      const name = `Accounting ${javaScriptEnabled ? "with" : "without"} scripts`;
      const { context, page } = await logIn(people.admin, { javaScriptEnabled });
      const { faults } = watchPage(page, [wordpress.url]);
      expect(listListeners(Number(new URL(sidecar.url).port))).toEqual(["127.0.0.1"]);
      const shoot = (step: string) =>
        page.screenshot({
          path: join(screenshots, `wp-admin-${step}${javaScriptEnabled ? "" : "-no-script"}.png`),
          fullPage: true,
        });
      await page.goto(`${wordpress.url}/wp-admin/network/settings.php`);
      await page.locator("#adminmenu").getByRole("link", { name: "Webhooks" }).click();
      await shoot("1-first");
      await addWebhook(page, { name, event: "Payment Received" });
      await expect.poll(() => page.title()).toContain(name);
      await shoot("3-added");
      await sendTest(page);
      await shoot("4-tested");
      await openBin(page, name);
      await page.getByText("payment_reference_code").first().waitFor();
      await shoot("5-bin");
      await addWebhook(page, { name: `List ${name}`, event: "User Created" });
      const login = javaScriptEnabled ? "meera" : "amrit";
      await wordpress.php(`wpmu_create_user( '${login}', 'correct-horse', '${login}@example.com' );`);
      await openBin(page, `List ${name}`);
      await expect
        .poll(() => page.reload().then(() => page.getByText(`${login}@example.com`).count()), {
          timeout: 20_000,
        })
        .toBeGreaterThan(0);
      expect(faults).toEqual([]);
      const changes = sidecar.readLog("admin.requested");
      expect(new Set(changes.map(({ by }) => by))).toEqual(new Set(["WordPress user admin (1)"]));
      expect(changes.map(({ path }) => path)).toContain("/webhooks/new");
      await context.close();
    },
  );

  it("keep a list up to date without loading WordPress anew", async () => {
    await createWebhook(sidecar, { url: receiver.url, events: ["wp_user_created"] });
    await wordpress.php("wpmu_create_user( 'asha', 'correct-horse', 'asha@example.com' );");
    const { context, page } = await logIn(people.admin);
    const { faults } = watchPage(page, [wordpress.url]);
    await page.goto(pageAddress("/events"));
    const rows = page.locator("#sidehook tbody tr");
    const before = await rows.count();
    await page.evaluate("document.body.classList.add( 'not-loaded-anew' )");
    await wordpress.php("wpmu_create_user( 'nila', 'correct-horse', 'nila@example.com' );");
    await expect.poll(() => rows.count(), { timeout: 40_000 }).toBeGreaterThan(before);
    expect(await page.locator("body.not-loaded-anew").count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("can be used by everybody: no finding of axe on any page, in any language, in light and dark", async () => {
    await createWebhook(sidecar, { url: `${receiver.url}/all`, events: ["*"], name: "Everything" });
    await wordpress.php("wpmu_create_user( 'ravi', 'correct-horse', 'ravi@example.com' );");
    await receiver.waitFor((requests) => requests.some(({ path }) => path === "/all"));
    await sidecar.call("POST", "/v1/bins", { name: "Bin" });
    await sidecar.call("POST", "/v1/tokens", { name: "CI", scopes: ["events:write"] });
    await sidecar.call("POST", "/v1/replays", { filter: {} });
    const admin = await logIn(people.admin);
    const pages = (await listAddresses(admin.context)).filter(({ isPage }) => isPage);
    const addresses = pages.map(({ address }) => address);
    expect(addresses.length).toBeGreaterThan(25);
    await admin.context.close();
    const visits = { wordpress, logIn, addresses };
    // Each page in English and light, and in another language where a dark page is wanted.
    const [english, others] = await Promise.all([visitInEnglish(visits), visitInOthers(visits)]);
    expect([...english, ...others]).toEqual([]);
  });

  it("can be read by everybody in each of WordPress's colour schemes", async () => {
    const { context, page } = await logIn(people.admin);
    for (const scheme of colorSchemes) {
      await wordpress.php(`update_user_meta( 1, 'admin_color', '${scheme}' );`);
      for (const path of ["/overview", "/webhooks", "/webhooks/new"]) {
        await page.goto(pageAddress(path));
        const findings = await runAxe(page, { part: "#sidehook", rules: rulesOfColours });
        expect({ scheme, path, findings }).toEqual({ scheme, path, findings: [] });
      }
      await page.screenshot({ path: join(screenshots, `wp-admin-scheme-${scheme}.png`) });
    }
    await context.close();
  });

  it("refuse a site admin, a subscriber and anybody at every address they have", async () => {
    const admin = await logIn(people.admin);
    const addresses = (await listAddresses(admin.context)).map(({ address }) => address);
    console.log(`${addresses.length} addresses, by GET and by POST`);
    expect(addresses.length).toBeGreaterThan(20);
    const form = { csrf: await readNonce(admin.context), name: "Smuggled", page: "sidehook" };
    const before = sidecar.readLog("admin.requested").length;
    for (const login of [people.siteAdmin, people.subscriber, null]) {
      const { context } = login === null ? { context: await browser.newContext() } : await logIn(login);
      for (const address of addresses) {
        const read = await context.request.get(address, { maxRedirects: 0 });
        const change = await context.request.post(address, { maxRedirects: 0, form });
        const statuses = [read.status(), change.status()];
        expect({ login, address, statuses }).toEqual({
          login,
          address,
          statuses: login ? [403, 403] : [302, 302],
        });
        expect(await read.text()).not.toContain('id="sidehook"');
      }
      await context.close();
    }
    expect(sidecar.readLog("admin.requested")).toHaveLength(before);
    expect(await admin.page.goto(pageAddress("/webhooks")).then((answer) => answer?.text())).not.toContain(
      "Smuggled",
    );
    await admin.context.close();
  });

  /** Every address that a page of ours leads to, found by following all of them once; of each kind of thing one. */
  async function listAddresses(context: BrowserContext): Promise<Address[]> {
    known ??= await findAddresses(context);
    return known;
  }

  async function findAddresses(context: BrowserContext): Promise<Address[]> {
    const seen = new Map<string, Address>();
    const waiting = [pageAddress("/")];
    for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
      const { searchParams } = new URL(address);
      const path = searchParams.get("path") ?? "";
      const kind = path
        .replace(/^\/event-types\/\w.*/, "/event-types/id")
        .replace(/\b[a-z]+_[\da-f-]{36}/, "id");
      if (seen.has(kind)) continue;
      const answer = await context.request.get(address);
      const isHtml = answer.headers()["content-type"]?.startsWith("text/html");
      const html = isHtml ? await answer.text() : "";
      seen.set(kind, { address, isPage: answer.status() === 200 && html.includes('id="sidehook"') });
      waiting.push(...findLinks(html));
    }
    return [...seen.values()];
  }

  function findLinks(html: string): string[] {
    const ours = html.slice(html.indexOf('id="sidehook"'), html.indexOf('id="wpfooter"'));
    return [...ours.matchAll(/\s(?:href|src|action|formaction)="(\/[^"]*)"/g)].map(
      ([, link = ""]) => `${wordpress.url}${link.replaceAll("&amp;", "&")}`,
    );
  }

  async function readNonce(context: BrowserContext): Promise<string> {
    const answer = await context.request.get(pageAddress("/webhooks/new"));
    return /name="csrf" value="([^"]+)"/.exec(await answer.text())?.[1] ?? "";
  }

  it("stand in Ultimate Multisite's menu where that runs", async () => {
    const file = join(wordpress.root, "wp-content/mu-plugins/ultimate-multisite.php");
    writeFileSync(
      file,
      `<?php function WP_Ultimo() { return new class { public function is_loaded() { return true; } }; }
      add_action( 'network_admin_menu', fn () => add_menu_page( '', 'Ultimate', 'manage_network', 'wp-ultimo', '__return_true' ) );`,
    );
    const { context, page } = await logIn(people.admin);
    await page.goto(`${wordpress.url}/wp-admin/network/`);
    const link = page.locator("#toplevel_page_wp-ultimo").getByText("Webhooks");
    await page.goto(new URL((await link.getAttribute("href")) ?? "", page.url()).href);
    await page.locator("#sidehook").waitFor();
    expect(await link.getAttribute("aria-current")).toBe("page");
    await context.close();
    rmSync(file);
  });

  it("lead to a sidecar with an address of its own, where the same person is signed in, once", async () => {
    const other = await startSidecar({ SIDEHOOK_PUBLIC_URL: "http://hooks.example" });
    wordpress.configure({ sidecarUrl: other.url, bridgeKey: other.bridgeKey });
    const { context, page } = await logIn(people.admin);
    await page.goto(pageAddress("bridge"));
    const form = page.locator("form", { hasText: "Open Sidehook in a window of its own" });
    const nonce = await form.locator("[name=_wpnonce]").inputValue();
    const answer = await context.request.post(`${wordpress.url}/wp-admin/admin-post.php`, {
      form: { action: "sidehook_open", _wpnonce: nonce },
      maxRedirects: 0,
    });
    const link = answer.headers()["location"] ?? "";
    expect(link).toMatch(/^http:\/\/hooks\.example\/admin\/sign-in\?link=/);
    const address = link.replace("http://hooks.example", other.url);
    const stranger = await browser.newContext();
    const first = await stranger.request.get(address);
    expect(await first.text()).toContain("Add New Webhook");
    expect((await stranger.request.get(`${other.url}/admin/webhooks`)).url()).toBe(
      `${other.url}/admin/webhooks`,
    );
    expect((await (await browser.newContext()).request.get(address)).status()).toBe(401);
    await stranger.close();
    await context.close();
    await other.stop();
    wordpress.configure({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey });
  });

  async function addWebhook(page: Page, { name, event }: { name: string; event: string }): Promise<void> {
    await page.goto(pageAddress("/webhooks"));
    await page.locator("#sidehook").getByRole("link", { name: "Add New Webhook" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("button", { name: "Use a bin" }).click();
    await page.getByLabel("Event", { exact: true }).selectOption({ label: event });
    await page.screenshot({ path: join(screenshots, "wp-admin-2-form.png"), fullPage: true });
    await page.getByRole("button", { name: "Save Webhook" }).last().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
  }

  async function openBin(page: Page, name: string): Promise<void> {
    await page.goto(pageAddress("/bins"));
    await page.locator("#sidehook .main").getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
  }

  async function sendTest(page: Page): Promise<void> {
    const { origin } = new URL(page.url());
    await page
      .getByRole("link", { name: "Send Test Event" })
      .or(page.getByRole("button", { name: "Send Test Event" }))
      .first()
      .click();
    const button = page.getByRole("button", { name: "Send Test Event" });
    if ((await button.count()) > 0) await button.first().click();
    await page.getByText("It worked.").first().waitFor();
    expect(new URL(page.url()).origin).toBe(origin);
  }
});
