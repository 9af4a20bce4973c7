// `npm run screenshots`: the pictures of the README, of a sidecar with something to show, in light and dark.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startReceiver } from "@sidehook/delivery/testing";
import { findEventType } from "@sidehook/events";
import { sign } from "@sidehook/events/signature";
import { ensureSystemPackages } from "../../../tools/system.ts";
import { startBrowser } from "./browser.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const folder = join(import.meta.dirname, "../screenshots");
const types = ["payment_received", "site_published", "customer_created", "wp_user_created", "domain_created"];

ensureSystemPackages();
const receiver = await startReceiver({ answer: ({ path }) => ({ status: path === "/erp" ? 503 : 200 }) });
const sidecar = await startSidecar(allow(receiver));
const browser = await startBrowser();
mkdirSync(folder, { recursive: true });
try {
  await seed();
  await askAsWordPress();
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(/http:\S+\/admin\/sign-in\?link=\S+/.exec(sidecar.readOutput())?.[0] ?? "");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await shoot(page, colorScheme);
  }
} finally {
  await browser.close();
  await sidecar.stop();
  await receiver.close();
}

/** As the plugin asks what is wanted: WordPress is connected in the pictures. */
async function askAsWordPress(): Promise<void> {
  const id = "req_screenshots";
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(sidecar.bridgeKey, id, timestamp, ""),
  };
  await fetch(`${sidecar.url}/v1/bridge`, { headers });
}

/** Three webhooks, one of them in trouble, and an hour's worth of events. */
async function seed(): Promise<void> {
  await createWebhook(sidecar, {
    url: `${receiver.url}/crm`,
    events: ["customer_*", "wp_user_created"],
    name: "CRM",
  });
  await createWebhook(sidecar, {
    url: `${receiver.url}/list`,
    events: ["wp_user_created"],
    name: "Mailing list",
  });
  await createWebhook(sidecar, { url: `${receiver.url}/erp`, events: ["payment_*"], name: "Accounting" });
  const events = Array.from({ length: 40 }, (_, index) => {
    const type = types[index % types.length] ?? "";
    return {
      type,
      payload: findEventType(type)?.sample,
      context: { siteId: 1 + (index % 3), source: "web" },
    };
  });
  await sidecar.call("POST", "/v1/events", { events });
  await waitUntil(() => receiver.requests.length >= 32, { what: "the deliveries to be made" });
  await waitUntil(() => sidecar.readLog("delivery.attempted").length >= 32, { what: "them to be recorded" });
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.goto(`${sidecar.url}/admin/overview`);
  await page.screenshot({ path: join(folder, `overview-${name}.png`) });
  await page.goto(`${sidecar.url}/admin/webhooks`);
  await page.screenshot({ path: join(folder, `webhooks-${name}.png`) });
  await page.goto(`${sidecar.url}/admin/webhooks/new?event=payment_received`);
  await page.screenshot({ path: join(folder, `add-webhook-${name}.png`) });
  await page.goto(`${sidecar.url}/admin/deliveries`);
  await page.screenshot({ path: join(folder, `deliveries-${name}.png`) });
  const failing = await listPending(sidecar);
  await page.goto(`${sidecar.url}/admin/deliveries/${failing}`);
  await page.screenshot({ path: join(folder, `delivery-${name}.png`) });
}

async function listPending({ call }: Pick<Sidecar, "call">): Promise<string> {
  const { body } = await call("GET", "/v1/deliveries?state=pending&limit=1");
  return (body as { data: { id: string }[] }).data[0]?.id ?? "";
}
