import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { verify } from "@sidehook/events/signature";
import { startReceiver, type ReceivedRequest, type Receiver } from "@sidehook/delivery/testing";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

/** A receiver whose first request is held until it is let go with a 503; it answers 200 from then on. */
interface HoldingReceiver extends Receiver {
  letGo: () => void;
}

describeE2e("a webhook changed while an attempt is in flight", () => {
  const receivers: HoldingReceiver[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), "sidehook-in-flight-"));
  let sidecar: Sidecar;

  beforeAll(async () => {
    sidecar = await startSidecar({
      SIDEHOOK_ALLOW: "127.0.0.1",
      SIDEHOOK_RETRY_SCHEDULE: "1s,1s,1s",
      SIDEHOOK_DATA_DIR: dataDir,
    });
  });
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  });
  afterAll(async () => {
    await sidecar.stop();
    rmSync(dataDir, { recursive: true });
  });

  async function startHolding(): Promise<HoldingReceiver> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const receiver = await startReceiver({
      answer: async ({ headers }) => {
        if (headers["sidehook-attempt"] !== "1") return {};
        await promise;
        return { status: 503 };
      },
    });
    const holding = { ...receiver, letGo: resolve };
    receivers.push(holding);
    return holding;
  }

  /** Two webhooks, each with its first attempt held; what happens to the second one is the measure of time. */
  async function holdTwo(eventType: string) {
    const receiver = await startHolding();
    const control = await startHolding();
    const webhook = await createWebhook(sidecar, { url: `${receiver.url}/old`, events: [eventType] });
    await createWebhook(sidecar, { url: control.url, events: [eventType] });
    await sidecar.call("POST", "/v1/events", { type: eventType, payload: { payment_id: 5 } });
    await Promise.all([receiver.waitFor(1), control.waitFor(1)]);
    const letGo = () => [receiver, control].forEach((each) => each.letGo());
    return { receiver, control, webhook, letGo };
  }

  async function readDelivery(request: ReceivedRequest | undefined) {
    const id = request?.headers["sidehook-delivery"] ?? "";
    const { body } = await sidecar.call("GET", `/v1/deliveries/${id}`);
    return body as { state: string; attempts: { decision: string; response: { status: number } | null }[] };
  }

  async function expectState(request: ReceivedRequest | undefined, state: string): Promise<void> {
    await expect
      .poll(async () => (await readDelivery(request)).state, { timeout: 10_000, interval: 50 })
      .toBe(state);
  }

  it("with a new secret: the next attempt is signed with both, and the one in flight was with the old one", async () => {
    const { receiver, webhook, letGo } = await holdTwo("test.rotated");
    const { body } = await sidecar.call("POST", `/v1/webhooks/${webhook.id}/secret/rotate`, {
      overlap: "1h",
    });
    const { secret } = body as { secret: string };
    letGo();
    const [first, second] = await receiver.waitFor(2);
    expect(isSigned(first, webhook.secret)).toBe(true);
    expect(isSigned(first, secret)).toBe(false);
    expect(isSigned(second, webhook.secret)).toBe(true);
    expect(isSigned(second, secret)).toBe(true);
    await expectState(first, "delivered");
  });

  it("deleted: what was in flight is cancelled and never sent again", async () => {
    const { receiver, control, webhook, letGo } = await holdTwo("test.deleted");
    expect((await sidecar.call("DELETE", `/v1/webhooks/${webhook.id}`)).status).toBe(204);
    letGo();
    await control.waitFor(2);
    await expectState(receiver.requests[0], "cancelled");
    expect(receiver.requests).toHaveLength(1);
  });

  it("paused: what was in flight is recorded and waits, and goes on when resumed", async () => {
    const { receiver, control, webhook, letGo } = await holdTwo("test.paused");
    await sidecar.call("POST", `/v1/webhooks/${webhook.id}/pause`);
    letGo();
    await control.waitFor(2);
    expect(receiver.requests).toHaveLength(1);
    const { state, attempts } = await readDelivery(receiver.requests[0]);
    expect([state, attempts.map(({ response }) => response?.status)]).toEqual(["pending", [503]]);
    await sidecar.call("POST", `/v1/webhooks/${webhook.id}/resume`, { backlog: "send" });
    await receiver.waitFor(2);
    await expectState(receiver.requests[0], "delivered");
  });

  it("moved to another URL: the next attempt goes there, with the same webhook-id", async () => {
    const { receiver, webhook, letGo } = await holdTwo("test.edited");
    await sidecar.call("PATCH", `/v1/webhooks/${webhook.id}`, { url: `${receiver.url}/new` });
    letGo();
    const [first, second] = await receiver.waitFor(2);
    expect([first?.path, second?.path]).toEqual(["/old", "/new"]);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    await expectState(first, "delivered");
  });

  it("switched off: what was in flight waits until it is switched on again", async () => {
    const { receiver, control, webhook, letGo } = await holdTwo("test.switched");
    await sidecar.call("PATCH", `/v1/webhooks/${webhook.id}`, { active: false });
    letGo();
    await control.waitFor(2);
    expect(receiver.requests).toHaveLength(1);
    await sidecar.call("PATCH", `/v1/webhooks/${webhook.id}`, { active: true });
    await receiver.waitFor(2);
    await expectState(receiver.requests[0], "delivered");
  });

  it("a sidecar that is stopped meanwhile waits for the answer and records it", async () => {
    const { receiver, letGo } = await holdTwo("test.stopped");
    const stopped = sidecar.stop();
    await waitUntil(async () => !(await isListening()), { what: "the sidecar to take no more requests" });
    letGo();
    expect(await stopped).toBe(0);
    await sidecar.restart();
    await receiver.waitFor(2);
    const { attempts } = await readDelivery(receiver.requests[0]);
    expect(attempts[0]).toMatchObject({ response: { status: 503 } });
    expect(receiver.requests.map(({ headers }) => headers["sidehook-attempt"])).toEqual(["1", "2"]);
  });

  async function isListening(): Promise<boolean> {
    return (await fetch(`${sidecar.url}/healthz`).catch(() => null)) !== null;
  }
});

function isSigned(request: ReceivedRequest | undefined, secret: string): boolean {
  try {
    verify(secret, request?.headers ?? {}, request?.body ?? "");
    return true;
  } catch {
    return false; // signed, but not with this one: that is the question
  }
}
