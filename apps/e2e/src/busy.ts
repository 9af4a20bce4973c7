import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Receiver } from "@sidehook/delivery/testing";
import { findEventType } from "@sidehook/events";
import type { Sidecar } from "./sidecar.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

const hourMs = 3_600_000;
const patterns = ["payment_*", "wp_user_created", "payment_received", "*", "customer_created"];
const types = ["payment_received", "site_published", "customer_created", "wp_user_created"];
/** As many as a page of the list has. */
const webhookCount = 50;

/**
 * Fills a sidecar with as much as its pages can show: fifty webhooks with a month behind them, some of them failing,
 * deliveries that wait, an issue, a replay, tokens and bins. Receivers are below `/ok`, `/erp` answers as it likes.
 */
export async function makeBusy(sidecar: Sidecar, receiver: Receiver): Promise<{ webhookIds: string[] }> {
  const webhookIds: string[] = [];
  for (let n = 0; n < webhookCount; n++) {
    const path = n % 10 === 2 ? "erp" : `ok/${n}`;
    const webhook = { name: `Accounting of Region ${n}`, url: `${receiver.url}/${path}` };
    const events = [patterns[n % patterns.length] ?? "*"];
    webhookIds.push((await createWebhook(sidecar, { ...webhook, events })).id);
  }
  const events = Array.from({ length: 24 }, (_, n) => {
    const type = types[n % types.length] ?? "";
    return { type, payload: findEventType(type)?.sample, context: { siteId: 1 + (n % 3), source: "web" } };
  });
  await sidecar.call("POST", "/v1/events", { events });
  const attempts = () => sidecar.readLog("delivery.attempted").length;
  await waitUntil(() => attempts() >= 10 * events.length, { what: "the deliveries" });
  await sidecar.call("POST", "/v1/bins", { name: "Bin" });
  await sidecar.call("POST", "/v1/tokens", { name: "CI", scopes: ["events:write"] });
  await sidecar.call("POST", "/v1/replays", { filter: { state: "delivered", webhookId: webhookIds[0] } });
  fillHours(sidecar, webhookIds);
  return { webhookIds };
}

/** What ended in each hour of a month, which takes a month to come about by itself. */
function fillHours({ dataDir }: Sidecar, webhookIds: readonly string[]): void {
  const db = new DatabaseSync(join(dataDir, "sidehook.db"), { timeout: 10_000 });
  const thisHour = Math.floor(Date.now() / hourMs) * hourMs;
  db.exec("BEGIN IMMEDIATE");
  const insert = db.prepare("INSERT OR IGNORE INTO webhook_hours VALUES (?, ?, ?, ?)");
  for (const [n, id] of webhookIds.entries()) {
    for (let back = 1; back < 24 * 30; back++) {
      const delivered = Math.round(20 + 15 * Math.sin(back / 4 + n));
      insert.run(id, thisHour - back * hourMs, delivered, n % 4 === 2 ? back % 3 : 0);
    }
  }
  db.exec("COMMIT");
  db.close();
}
