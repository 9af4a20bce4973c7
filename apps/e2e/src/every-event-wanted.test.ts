import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startWordPress, type WordPress } from "../../../tools/wordpress.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

describeE2e("events that no webhook wants", () => {
  let receiver: Receiver;
  let sidecar: Sidecar;
  let wordpress: WordPress;

  beforeAll(async () => {
    receiver = await startReceiver();
    sidecar = await startSidecar(allow(receiver));
    const plugins = [join(import.meta.dirname, "../plugins/fire")];
    wordpress = await startWordPress({ sidecarUrl: sidecar.url, bridgeKey: sidecar.bridgeKey, plugins });
  });
  afterAll(async () => {
    await wordpress.stop();
    await sidecar.stop();
    await receiver.close();
  });

  const fire = (type: string) => fetch(`${wordpress.url}/?fire=${type}`, { method: "POST", body: '{"a":1}' });

  async function listTypes(): Promise<string[]> {
    const { body } = await sidecar.call("GET", "/v1/events?limit=200");
    return (body as { data: { type: string }[] }).data.map(({ type }) => type);
  }

  async function countWaiting(): Promise<string | null | undefined> {
    const [row] = await wordpress.query("SELECT COUNT(*) AS count FROM wp_sidehook_outbox");
    return row?.["count"];
  }

  it("are not recorded: neither before there is any webhook, nor when none wants them", async () => {
    await wordpress.php("do_action( 'sidehook_flush' );");
    await fire("payment_received");
    await createWebhook(sidecar, { url: `${receiver.url}/memberships`, events: ["membership_*"] });
    await waitUntil(
      async () => {
        await fire("payment_received");
        await fire("membership_expired");
        return receiver.requests.length > 0;
      },
      { what: "the first event that is wanted" },
    );
    await waitUntil(async () => (await countWaiting()) === "0", { what: "an empty outbox" });
    expect(new Set(await listTypes())).toEqual(new Set(["membership_expired"]));
  });

  it("are kept and delivered to nobody while the archive is on, and no longer recorded once it is off", async () => {
    const kept = "renewal_payment_created";
    const setArchive = (archive: boolean) => sidecar.call("PATCH", "/v1/bridge", { archive });
    expect((await setArchive(true)).status).toBe(200);
    await waitUntil(
      async () => {
        await fire(kept);
        return (await listTypes()).includes(kept);
      },
      { what: "an event for the archive" },
    );
    const { body } = await sidecar.call("GET", `/v1/deliveries?eventType=${kept}`);
    expect(body).toMatchObject({ data: [] });

    expect((await setArchive(false)).status).toBe(200);
    await wordpress.php("do_action( 'sidehook_flush' );");
    const before = (await listTypes()).length;
    await fire(kept);
    await fire("membership_expired");
    await waitUntil(async () => (await listTypes()).length > before, { what: "the event that is wanted" });
    await waitUntil(async () => (await countWaiting()) === "0", { what: "an empty outbox" });
    const newest = (await listTypes()).slice(0, (await listTypes()).length - before);
    expect(newest).toEqual(["membership_expired"]);
  });

  it("are wanted at once when a webhook is made for them", async () => {
    for (const type of ["site_published", "invoice_sent", "domain_created"]) {
      const path = `/${type}`;
      await createWebhook(sidecar, { url: receiver.url + path, events: [type] });
      const madeAt = performance.now();
      await waitUntil(
        async () => {
          await fire(type);
          return receiver.requests.some((request) => request.path === path);
        },
        { what: `the first ${type}` },
      );
      const tookMs = Math.round(performance.now() - madeAt);
      console.log(`from a new webhook for ${type} to its first event: ${tookMs} ms`);
      expect(await listTypes()).toContain(type);
    }
  });
});
