import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const firePlugin = join(import.meta.dirname, "../plugins/fire");
const bridgeKey = `whsec_${randomBytes(32).toString("base64")}`;

describeE2e("a network that cannot reach its sidecar, and that nobody visits", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    wordpress = await startWordPress({ sidecarUrl: "http://127.0.0.1:1", bridgeKey, plugins: [firePlugin] });
    sidecar = await startSidecar({
      ...allow(receiver),
      SIDEHOOK_BRIDGE_KEY: bridgeKey,
      SIDEHOOK_PULL_URL: wordpress.url,
    });
    await createWebhook(sidecar, { url: receiver.url, events: ["payment_*"] });
  });
  afterAll(async () => {
    await sidecar.stop();
    await wordpress.stop();
    await receiver.close();
  });

  it("learns what is wanted within seconds", async () => {
    const asked = "payment_received site_published";
    await expect.poll(() => listWanted(asked), { timeout: 20_000 }).toBe("payment_received");
  });

  it("has its events fetched, more than one answer holds, byte for byte and once", async () => {
    const payload = JSON.stringify({ payment_id: 5, name: "Bäckerei", padding: "x".repeat(20_000) });
    const page = await fetch(`${wordpress.url}/?fire=payment_received&times=150`, {
      method: "POST",
      body: payload,
    });
    const expected = await page.text();
    await receiver.waitFor(150, 60_000);
    await waitUntil(async () => (await countWaiting()) === 0, { what: "an empty outbox" });
    const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(receiver.requests.map(({ body }) => body))).toEqual(new Set([expected]));
  });

  it("loses nothing when the sidecar is killed in between", async () => {
    const before = receiver.requests.length;
    await sidecar.kill();
    await fetch(`${wordpress.url}/?fire=payment_received&times=120`, {
      method: "POST",
      body: '{"payment_id":6}',
    });
    expect(await countWaiting()).toBe(120);
    await sidecar.restart();
    await waitUntil(async () => (await countWaiting()) < 120, { what: "the first batch to be done" });
    await sidecar.kill();
    // The claim of a dead process lasts a minute; this one, if there is one, ends now.
    await wordpress.query("UPDATE wp_sidehook_outbox SET claimed_until = NULL WHERE state = 'pending'");
    await sidecar.restart();
    await receiver.waitFor(before + 120, 60_000);
    await waitUntil(async () => (await countWaiting()) === 0, { what: "an empty outbox" });
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(before + 120);
  });

  function listWanted(types: string): Promise<string> {
    const has = "Sidehook\\Bridge::instance()->wanted()->has( ... )";
    return wordpress.php(`echo implode( ' ', array_filter( explode( ' ', '${types}' ), ${has} ) );`);
  }

  async function countWaiting(): Promise<number> {
    const [row] = await wordpress.query(
      "SELECT COUNT(*) AS count FROM wp_sidehook_outbox WHERE state = 'pending'",
    );
    return Number(row?.["count"]);
  }
});
