import { describe, expect, test } from "vitest";
import type { Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const hourMs = 3_600_000;
const now = new Date("2026-11-21T12:00:00.000Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

const failed = { state: "failed", failureClass: "rejected", isWebhookGone: false } as const;
const retried = (nextAttemptAt: Date) =>
  ({ state: "pending", failureClass: "server_error", nextAttemptAt }) as const;

/** Makes an event at `at`, claims its delivery to one webhook and records what was decided. */
async function deliver(
  store: Store,
  webhookId: string,
  at: Date,
  decision?: Parameters<typeof makeRecord>[1],
) {
  await store.ingestEvents([makeEvent()], at);
  const claimed = await store.claimDeliveries({
    now: new Date(),
    leaseMs: 60_000,
    slots: [{ webhookId, limit: 10 }],
  });
  await store.recordAttempts(
    claimed.map((each) => makeRecord(each, decision, { startedAt: at })),
    at,
  );
}

describe.each(testBackends)("the overview on $name", (backend) => {
  test("tells the backlog and since when the oldest waits", async () => {
    await using store = await openTestStore(backend);
    expect(await store.readBacklog()).toEqual({ waiting: 0, sending: 0, oldestAt: null });
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([makeEvent()], ago(2 * hourMs));
    await store.ingestEvents([makeEvent(), makeEvent()], ago(hourMs));
    await store.claimDeliveries({
      now: new Date(),
      leaseMs: 60_000,
      slots: [{ webhookId: webhook.id, limit: 1 }],
    });
    expect(await store.readBacklog()).toEqual({ waiting: 2, sending: 1, oldestAt: ago(2 * hourMs) });
  });

  test("tells how late sending is, and counts nobody who has to wait", async () => {
    await using store = await openTestStore(backend);
    expect(await store.readDelayMs(now)).toBe(0);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.createWebhook(makeWebhook({ rateLimit: { limit: 1, per: "hour" } }), now);
    await store.createWebhook(makeWebhook({ isOrdered: true }), now);
    await store.ingestEvents([makeEvent()], ago(hourMs));
    expect(await store.readDelayMs(now)).toBe(hourMs);
    await store.pauseWebhook(webhook.id, now);
    expect(await store.readDelayMs(now)).toBe(0);
  });

  test("keeps books that come out even: each delivery of the day is in exactly one number", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), ago(48 * hourMs));
    await deliver(store, webhook.id, ago(30 * hourMs));
    await deliver(store, webhook.id, ago(3 * hourMs));
    await deliver(store, webhook.id, ago(2 * hourMs), failed);
    await store.ingestEvents([makeEvent(), makeEvent()], ago(hourMs));
    const [waiting] = (await store.listDeliveries({ state: "pending" }, { limit: 1 })).data;
    await store.cancelDelivery(waiting?.id ?? "", now);
    expect(await store.readBooks(now)).toEqual({
      since: ago(24 * hourMs),
      events: 5, // one tells that a delivery has failed
      deliveries: 4,
      delivered: 1,
      unfinished: 1,
      failed: 1,
      cancelled: 1,
    });
  });

  test("counts by webhook and hour, and knows the next retry of each", async () => {
    await using store = await openTestStore(backend);
    const { webhook: one } = await store.createWebhook(makeWebhook(), now);
    await deliver(store, one.id, ago(3 * hourMs));
    await deliver(store, one.id, ago(3 * hourMs), failed);
    const { webhook: other } = await store.createWebhook(makeWebhook({ isOrdered: true }), now);
    await deliver(store, other.id, now, retried(new Date(now.getTime() + 5000)));
    await deliver(store, one.id, now, retried(new Date(now.getTime() + 9000)));
    const ids = [one.id, other.id, "wh_none"];
    const hours = await store.listWebhookHours(ids, ago(5 * hourMs));
    expect([...hours]).toEqual([[one.id, [{ at: ago(3 * hourMs), delivered: 1, failed: 1 }]]]);
    expect(await store.listWebhookHours([], now)).toEqual(new Map());
    const retries = await store.listNextRetries(ids);
    expect(retries.get(one.id)).toEqual(new Date(now.getTime() + 9000));
    expect(retries.get(other.id)).toEqual(new Date(now.getTime() + 5000));
    expect(retries.size).toBe(2);
    expect(await store.listNextRetries([])).toEqual(new Map());
  });

  test("knows when WordPress was heard of, and writes it down at most twice a minute", async () => {
    await using store = await openTestStore(backend);
    expect(await store.readBridgeSeenAt()).toBeNull();
    await store.noteBridge(ago(60_000));
    await store.noteBridge(ago(40_000));
    expect(await store.readBridgeSeenAt()).toEqual(ago(60_000));
    await store.noteBridge(now);
    expect(await store.readBridgeSeenAt()).toEqual(now);
    await store.noteBridge(ago(hourMs)); // the clock was set back
    expect(await store.readBridgeSeenAt()).toEqual(ago(hourMs));
  });

  test("lists who is signed in, without what would let somebody in", async () => {
    await using store = await openTestStore(backend);
    const { session } = await store.createSession("token", now);
    const { csrfToken: _, ...told } = session;
    expect(await store.listSessions(now)).toEqual([told]);
    expect(await store.listSessions(session.expiresAt)).toEqual([]);
  });

  test("gives past events of some types to try on, the newest first and no tests", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    const event = (id: string, type: string) => makeEvent({ id, type });
    await store.ingestEvents([event("evt_1", "payment_received")], ago(3000));
    await store.ingestEvents(
      [event("evt_2", "site_published"), event("evt_3", "wp_user_created")],
      ago(2000),
    );
    await store.ingestEvents([event("evt_4", "payment_received")], ago(1000));
    await store.ingestTestEvent(event("evt_5", "payment_received"), webhook.id, now);
    const past = await store.listPastEvents(["payment_received", "site_published", "payment_received"]);
    expect(past.map(({ id }) => id)).toEqual(["evt_4", "evt_2", "evt_1"]);
    expect(past[0]?.payload).toContain("payment_id");
    expect(await store.listPastEvents([])).toEqual([]);
  });
});
