import type { ClaimedDelivery, Decision } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import { ConflictError, NotFoundError, type Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const later = new Date("2026-11-20T11:00:00.000Z");

async function claimNew(store: Store): Promise<ClaimedDelivery> {
  const { webhook } = await store.createWebhook(makeWebhook(), now);
  await store.ingestEvents([makeEvent()], now);
  return claimOf(store, webhook.id);
}

async function claimOf(store: Store, webhookId: string): Promise<ClaimedDelivery> {
  const slots = [{ webhookId, limit: 1 }];
  const [claimed] = await store.claimDeliveries({ now: later, leaseMs: 60_000, slots });
  if (!claimed) throw new Error("nothing is due");
  return claimed;
}

describe.each(testBackends)("deliveries on $name", (backend) => {
  test.each<[string, Decision]>([
    ["delivered", { state: "delivered" }],
    ["failed", { state: "failed", failureClass: "rejected", isWebhookGone: false }],
    ["pending", { state: "pending", failureClass: "busy", nextAttemptAt: new Date("2026-12-01") }],
  ])("go again on a replay after %s, and keep their attempts", async (_, decision) => {
    await using store = await openTestStore(backend);
    const first = await claimNew(store);
    await store.recordAttempts([makeRecord(first, decision)], now);
    const replayed = await store.replayDelivery(first.id, later);
    expect(replayed).toMatchObject({ state: "pending", nextAttemptAt: later, finishedAt: null });
    const again = await claimOf(store, first.webhook.id);
    expect(again).toMatchObject({ id: first.id, attemptNumber: 2, attemptOfSchedule: 1, trigger: "replay" });
    await store.recordAttempts([makeRecord(again)], later);
    const delivery = await store.getDelivery(first.id);
    expect(delivery).toMatchObject({ state: "delivered", attemptCount: 2, finishedAt: later });
    expect(delivery.attempts.map(({ trigger }) => trigger)).toEqual(["automatic", "replay"]);
  });

  test("of a test stay tests when they are replayed", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook({ isActive: false }), now);
    const { deliveryId } = await store.ingestTestEvent(makeEvent(), webhook.id, now);
    await store.recordAttempts([makeRecord(await claimOf(store, webhook.id))], now);
    await store.replayDelivery(deliveryId, later);
    expect(await claimOf(store, webhook.id)).toMatchObject({ trigger: "test", attemptNumber: 2 });
  });

  test("are not replayed while they are being sent", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNew(store);
    await expect(store.replayDelivery(claimed.id, later)).rejects.toThrow(ConflictError);
    expect(await store.recordAttempts([makeRecord(claimed)], later)).toMatchObject({ lost: [] });
  });

  test("are cancelled while they wait or are being sent, and can be replayed then", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNew(store);
    expect(await store.cancelDelivery(claimed.id, later)).toMatchObject({
      state: "cancelled",
      nextAttemptAt: null,
      finishedAt: later,
    });
    await store.replayDelivery(claimed.id, later);
    expect((await store.cancelDelivery(claimed.id, later)).state).toBe("cancelled");
  });

  test("are not cancelled once they have ended", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNew(store);
    await store.recordAttempts([makeRecord(claimed)], now);
    await expect(store.cancelDelivery(claimed.id, later)).rejects.toThrow(ConflictError);
    expect((await store.getDelivery(claimed.id)).finishedAt).toEqual(now);
  });

  test("that do not exist are not found", async () => {
    await using store = await openTestStore(backend);
    await expect(store.getDelivery("dlv_none")).rejects.toThrow(NotFoundError);
    await expect(store.replayDelivery("dlv_none", now)).rejects.toThrow(NotFoundError);
    await expect(store.cancelDelivery("dlv_\u0000", now)).rejects.toThrow(NotFoundError);
  });
});
