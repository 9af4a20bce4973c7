import type { ClaimedDelivery, Decision } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import type { Store, WebhookInput } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const leaseMs = 60_000;
const minuteMs = 60_000;

async function makeOne(store: Store, changes: Partial<WebhookInput>): Promise<string> {
  return (await store.createWebhook(makeWebhook(changes), new Date())).webhook.id;
}

/** One after the other, so that their order is known. */
async function ingest(store: Store, count: number, now = new Date()): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const event = makeEvent();
    await store.ingestEvents([event], now);
    ids.push(event.id);
  }
  return ids;
}

function claim(store: Store, webhookId: string, now = new Date(), limit = 10): Promise<ClaimedDelivery[]> {
  return store.claimDeliveries({ now, leaseMs, slots: [{ webhookId, limit }] });
}

function eventsOf(claimed: readonly ClaimedDelivery[]): string[] {
  return claimed.map(({ event }) => event.id);
}

async function record(store: Store, claimed: readonly ClaimedDelivery[], decision?: Decision): Promise<void> {
  const records = claimed.map((each) => makeRecord(each, decision));
  await store.recordAttempts(records, new Date());
}

const retryAt = (nextAttemptAt: Date): Decision => ({
  state: "pending",
  failureClass: "server_error",
  nextAttemptAt,
});

describe.each(testBackends)("an ordered webhook on $name", (backend) => {
  test("is given one delivery at a time, in the order in which the events were accepted", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const id = await makeOne(store, { isOrdered: true });
    const events = await ingest(store, 3);
    // A clock that was set back must not change the order.
    events.push(...(await ingest(store, 3, new Date(Date.now() - 3_600_000))));
    const sent: string[] = [];
    for (let i = 0; i < events.length; i++) {
      const claims = await Promise.all([claim(store, id), claim(other, id), claim(store, id)]);
      expect(claims.flat()).toHaveLength(1);
      sent.push(...eventsOf(claims.flat()));
      expect((await other.listDueWebhooks()).map(({ webhookId }) => webhookId)).toEqual([]);
      await record(other, claims.flat());
    }
    expect(sent).toEqual(events);
  });

  test("gets a retry before its successors, also after a pause and from another process", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const id = await makeOne(store, { isOrdered: true });
    const events = await ingest(store, 3);
    const later = new Date(Date.now() + minuteMs);
    await record(store, await claim(store, id), retryAt(later));
    expect(await claim(other, id)).toEqual([]);
    expect((await other.listDueWebhooks()).map(({ dueAt }) => dueAt)).toEqual([later]);
    await store.pauseWebhook(id, new Date());
    expect(await claim(other, id, later)).toEqual([]);
    await store.resumeWebhook(id, "send", new Date());
    const sent: string[] = [];
    for (let i = 0; i < 3; i++) {
      const claimed = await claim(i % 2 ? store : other, id, later);
      sent.push(...eventsOf(claimed));
      await record(store, claimed);
    }
    expect(sent).toEqual(events);
  });

  test("keeps the order when a delivery is rescued from a process that died", async () => {
    await using store = await openTestStore(backend);
    const id = await makeOne(store, { isOrdered: true });
    const events = await ingest(store, 2);
    const dead = await claim(store, id);
    await store.releaseClaims(dead.map(({ claimToken }) => claimToken));
    expect(eventsOf(await claim(store, id))).toEqual(events.slice(0, 1));
  });

  test("sends what waited before it became ordered first, retries too, and all at once when it no longer is", async () => {
    await using store = await openTestStore(backend);
    const id = await makeOne(store, {});
    const events = await ingest(store, 2);
    const [failing, ...others] = await claim(store, id);
    await record(store, failing ? [failing] : [], retryAt(new Date()));
    await store.releaseClaims(others.map(({ claimToken }) => claimToken));
    await store.updateWebhook(id, { isOrdered: true }, new Date());
    events.push(...(await ingest(store, 3)));
    // Nothing overtakes what is still on its way into the order.
    expect(await claim(store, id)).toEqual([]);
    await store.tendWebhooks(new Date());
    for (const event of events.slice(0, 3)) {
      const claimed = await claim(store, id);
      expect(eventsOf(claimed)).toEqual([event]);
      await record(store, claimed);
    }
    await store.updateWebhook(id, { isOrdered: false }, new Date());
    expect(eventsOf(await claim(store, id))).toEqual(events.slice(3));
  });

  test("lets a test event through while it is sending", async () => {
    await using store = await openTestStore(backend);
    const id = await makeOne(store, { isOrdered: true });
    await ingest(store, 2);
    await claim(store, id);
    await store.ingestTestEvent(makeEvent(), id, new Date());
    expect((await store.listDueWebhooks()).map(({ maxConcurrency }) => maxConcurrency)).toEqual([2]);
    expect((await claim(store, id)).map(({ trigger }) => trigger)).toEqual(["test"]);
  });
});

describe.each(testBackends)("a rate-limited webhook on $name", (backend) => {
  test("is given no more than its limit in any period, over several processes", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const id = await makeOne(store, { rateLimit: { limit: 5, per: "second" } });
    await ingest(store, 18);
    const sentAt: number[] = [];
    while (sentAt.length < 18) {
      const claims = (await Promise.all([claim(store, id), claim(other, id)])).flat();
      sentAt.push(...claims.map(() => performance.now()));
      await record(store, claims);
      const due = (await other.listDueWebhooks())[0];
      const waitMs = due ? due.dueAt.getTime() - Date.now() : 0;
      expect(waitMs).toBeLessThanOrEqual(1000);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    const spans = sentAt.slice(5).map((at, index) => at - (sentAt[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(1000);
  });

  test("counts an attempt from its claim until one period after its answer, also after a restart", async () => {
    await using store = await openTestStore(backend);
    const id = await makeOne(store, { rateLimit: { limit: 2, per: "hour" } });
    await ingest(store, 4);
    const claimed = await claim(store, id);
    expect(claimed).toHaveLength(2);
    await record(store, claimed.slice(0, 1));
    await using restarted = await store.openAnother();
    expect(await claim(restarted, id)).toEqual([]);
    const [due] = await restarted.listDueWebhooks();
    expect(due?.dueAt.getTime()).toBeGreaterThan(Date.now() + 59 * minuteMs);
    expect(due?.dueAt.getTime()).toBeLessThan(Date.now() + 61 * minuteMs);
  });

  test("takes nothing from others while its backlog waits", async () => {
    await using store = await openTestStore(backend);
    const limited = await makeOne(store, { rateLimit: { limit: 1, per: "hour" } });
    const free = await makeOne(store, {});
    await ingest(store, 3);
    const slots = [limited, free].map((webhookId) => ({ webhookId, limit: 10 }));
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
    const counts = Map.groupBy(claimed, ({ webhook }) => webhook.id);
    expect([counts.get(limited)?.length, counts.get(free)?.length]).toEqual([1, 3]);
  });

  test("obeys a changed limit from the next claim on, with what was sent before", async () => {
    await using store = await openTestStore(backend);
    const id = await makeOne(store, {});
    await ingest(store, 9);
    const inFlight = await claim(store, id, new Date(), 2);
    const change = (limit: number | null, per: "second" | "hour" = "hour") =>
      store.updateWebhook(id, { rateLimit: limit === null ? null : { limit, per } }, new Date());
    await change(3);
    expect(await claim(store, id)).toHaveLength(1);
    expect(await claim(store, id)).toEqual([]);
    await record(store, inFlight);
    await change(4);
    expect(await claim(store, id)).toHaveLength(1);
    await change(2);
    expect(await claim(store, id)).toEqual([]);
    expect(await store.runSql("select slot from rate_slots")).toHaveLength(2);
    await change(null);
    expect(await claim(store, id)).toHaveLength(5);
    expect(await store.runSql("select slot from rate_slots")).toEqual([]);
  });
});
