import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const firePlugin = join(import.meta.dirname, "../plugins/fire");
const pages = 50;
const eventsPerPage = 4;

describeE2e("a sidecar that is away", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    await createWebhook(sidecar, { url: receiver.url, events: ["*"] });
    wordpress = await startWordPress({
      sidecarUrl: sidecar.url,
      bridgeKey: sidecar.bridgeKey,
      plugins: [firePlugin],
    });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  it("loses none of 200 events, doubles none, and pages hardly notice", async () => {
    await openPages(5);
    await receiver.waitFor(5 * eventsPerPage);
    const withSidecar = await openPages(pages);
    await receiver.waitFor((5 + pages) * eventsPerPage, 60_000);
    // A delivery may be made before the bridge hears that its event has been accepted.
    await waitUntil(async () => (await countWaiting()) === 0, { what: "the outbox to be empty" });
    const before = receiver.requests.length;

    await sidecar.kill();
    const without = await openPages(pages);
    expect(await countWaiting()).toBe(pages * eventsPerPage);
    expect(receiver.requests).toHaveLength(before);

    await sidecar.restart();
    await wordpress.query("UPDATE wp_sidehook_outbox SET available_at = UTC_TIMESTAMP()");
    await waitUntil(
      async () => {
        await fetch(`${wordpress.url}/wp-cron.php`);
        return receiver.requests.length >= before + pages * eventsPerPage;
      },
      { what: "everything to arrive", describe: () => receiver.requests.length - before },
    );
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength((5 + 2 * pages) * eventsPerPage);
    expect(await countWaiting()).toBe(0);
    console.log(`page time, median of ${pages}: sidecar up ${withSidecar} ms, away ${without} ms`);
  });

  async function openPages(count: number): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now();
      const url = `${wordpress.url}/?fire=payment_received&times=${eventsPerPage}`;
      const page = await fetch(url, { method: "POST", body: `{"payment_id":${i}}` });
      await page.text();
      times.push(performance.now() - startedAt);
      expect(page.status).toBe(200);
    }
    return Number(times.sort((a, b) => a - b)[Math.floor(count / 2)]?.toFixed(1));
  }

  async function countWaiting(): Promise<number> {
    const [row] = await wordpress.query("SELECT COUNT(*) AS count FROM wp_sidehook_outbox");
    return Number(row?.["count"]);
  }
});
