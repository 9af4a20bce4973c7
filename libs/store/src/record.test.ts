import type { ClaimedDelivery, Decision } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import type { Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const gone = { state: "failed", failureClass: "gone", isWebhookGone: true } as const;
const exhausted = { state: "failed", failureClass: "server_error", isWebhookGone: false } as const;
const retry = (at: Date): Decision => ({ state: "pending", failureClass: "timeout", nextAttemptAt: at });

async function claimNew(store: Store, count = 1, webhookId?: string): Promise<ClaimedDelivery[]> {
  const id = webhookId ?? (await store.createWebhook(makeWebhook(), now)).webhook.id;
  await store.ingestEvents(
    Array.from({ length: count }, () => makeEvent()),
    now,
  );
  const slots = [{ webhookId: id, limit: count }];
  return store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
}

async function claimNewOne(store: Store, webhookId?: string): Promise<ClaimedDelivery> {
  const [claimed] = await claimNew(store, 1, webhookId);
  if (!claimed) throw new Error("nothing is due");
  return claimed;
}

describe.each(testBackends)("recording attempts on $name", (backend) => {
  test("keeps an attempt as it was made, together with what it decides", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNewOne(store);
    const record = makeRecord(claimed);
    expect(await store.recordAttempts([record], now)).toMatchObject({ lost: [] });
    const delivery = await store.getDelivery(claimed.id);
    expect(delivery).toMatchObject({
      state: "delivered",
      attemptCount: 1,
      nextAttemptAt: null,
      finishedAt: now,
      failureClass: null,
    });
    expect(delivery.attempts).toEqual([{ id: expect.stringMatching(/^att_/), ...record.attempt }]);
    expect(delivery.event).toEqual({
      payload: claimed.event.payload,
      occurredAt: claimed.event.occurredAt,
      context: claimed.event.context,
    });
  });

  test.each([
    ["around the payload", (payload: string) => `{"type":"a","data":${payload},"context":{"a":1}}`],
    ["without the payload", () => "something else"],
    ["empty", () => ""],
  ])("keeps a request's body %s byte for byte", async (_, bodyOf) => {
    await using store = await openTestStore(backend);
    const claimed = await claimNewOne(store);
    const record = makeRecord(claimed);
    const body = bodyOf(claimed.event.payload);
    record.attempt = { ...record.attempt, request: { ...record.attempt.request, body } };
    await store.recordAttempts([record], now);
    expect((await store.getDelivery(claimed.id)).attempts[0]?.request.body).toBe(body);
  });

  test("keeps whatever a receiver answers, also characters that no database likes", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNewOne(store);
    const response = {
      status: 200,
      headers: { "x-odd": "a\u0000\ud83d'\"" },
      body: "\u0000\udfff ü 🙂 \\ ' \"",
    };
    await store.recordAttempts([makeRecord(claimed, undefined, { response })], now);
    expect((await store.getDelivery(claimed.id)).attempts[0]?.response).toEqual(response);
  });

  test("counts attempts over retries, and finishes with the last", async () => {
    await using store = await openTestStore(backend);
    const first = await claimNewOne(store);
    const slots = [{ webhookId: first.webhook.id, limit: 1 }];
    await store.recordAttempts([makeRecord(first, retry(now))], now);
    expect(await store.getDelivery(first.id)).toMatchObject({
      state: "pending",
      nextAttemptAt: now,
      finishedAt: null,
      failureClass: "timeout",
    });
    const [second] = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    if (!second) throw new Error("nothing is due");
    expect(second.attemptNumber).toBe(2);
    await store.recordAttempts([makeRecord(second, exhausted)], now);
    const delivery = await store.getDelivery(first.id);
    expect(delivery).toMatchObject({ state: "failed", attemptCount: 2, failureClass: "server_error" });
    expect(delivery.attempts.map(({ number, decision }) => [number, decision])).toEqual([
      [1, "pending"],
      [2, "failed"],
    ]);
  });

  test("claims what may follow in the same breath, and nothing of a webhook that is gone", async () => {
    await using store = await openTestStore(backend);
    const [first] = await claimNew(store);
    const webhookId = first?.webhook.id ?? "";
    await store.ingestEvents([makeEvent(), makeEvent()], now);
    if (!first) throw new Error("nothing is due");
    const claim = { now: new Date(), leaseMs: 60_000, slots: [{ webhookId, limit: 1 }] };
    const { lost, claimed } = await store.recordAttempts([makeRecord(first)], now, claim);
    expect([lost, claimed.map(({ webhook }) => webhook.id)]).toEqual([[], [webhookId]]);
    const [second] = claimed;
    if (!second) throw new Error("nothing was claimed");
    const answer = await store.recordAttempts([makeRecord(second, gone)], now, claim);
    expect(answer).toEqual({ lost: [], claimed: [] });
  });

  test("records under a claim once, also within one group and from two connections", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const record = makeRecord(await claimNewOne(store));
    const results = await Promise.all([
      store.recordAttempts([record, record], now),
      other.recordAttempts([record], now),
      store.recordAttempts([record], now),
    ]);
    expect(results.flatMap(({ lost }) => lost)).toEqual([1, 2, 3].map(() => record.deliveryId));
    const delivery = await store.getDelivery(record.deliveryId);
    expect([delivery.attemptCount, delivery.attempts.length]).toEqual([1, 1]);
  });

  test("reports an attempt as lost whose delivery was rescued or claimed by another, and changes nothing", async () => {
    await using store = await openTestStore(backend);
    const late = await claimNewOne(store);
    await store.releaseClaims([late.claimToken]);
    expect(await store.recordAttempts([makeRecord(late)], now)).toMatchObject({ lost: [late.id] });
    const slots = [{ webhookId: late.webhook.id, limit: 1 }];
    const [present] = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    if (!present) throw new Error("nothing is due");
    const results = await store.recordAttempts([makeRecord(late, exhausted), makeRecord(present)], now);
    expect(results).toMatchObject({ lost: [late.id] });
    const delivery = await store.getDelivery(late.id);
    expect([delivery.state, delivery.attempts.length]).toEqual(["delivered", 1]);
  });

  test("leaves cancelled what was cancelled, or whose webhook was deleted, while it was being sent", async () => {
    await using store = await openTestStore(backend);
    const cancelled = await claimNewOne(store);
    const orphan = await claimNewOne(store);
    await store.cancelDelivery(cancelled.id, now);
    await store.deleteWebhook(orphan.webhook.id, now);
    const records = [makeRecord(cancelled), makeRecord(orphan, gone)];
    expect(await store.recordAttempts(records, now)).toMatchObject({ lost: [cancelled.id, orphan.id] });
    const states = await Promise.all(
      [cancelled, orphan].map(async ({ id }) => (await store.getDelivery(id)).state),
    );
    expect(states).toEqual(["cancelled", "cancelled"]);
  });

  test("switches a webhook off whose receiver says it is gone, until somebody switches it on again", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimNewOne(store);
    const { id } = claimed.webhook;
    await store.recordAttempts([makeRecord(claimed, gone)], now);
    expect(await store.getWebhook(id)).toMatchObject({
      isActive: false,
      disabledReason: "gone",
      updatedAt: now,
    });
    expect(await claimNew(store, 1, id)).toEqual([]);
    expect((await store.getWebhookHealth([id], now)).get(id)?.state).toBe("disabled");
    const on = await store.updateWebhook(id, { isActive: true }, now);
    expect(on).toMatchObject({ isActive: true, disabledReason: null });
  });

  test("spoils no neighbour when one record cannot be stored", async () => {
    await using store = await openTestStore(backend);
    const claims = await claimNew(store, 5);
    await store.runSql(
      "create unique index poison on attempts ((case when number = 666 then 'one only' end))",
    );
    const [first, second, ...neighbours] = claims.map((claimed) => makeRecord(claimed));
    if (!first || !second) throw new Error("nothing is due");
    const poison = (record: typeof first) => ({ ...record, attempt: { ...record.attempt, number: 666 } });
    await store.recordAttempts([poison(first)], now);
    const results = await Promise.allSettled(
      [poison(second), ...neighbours].map((record) => store.recordAttempts([record], now)),
    );
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect((await store.getDelivery(second.deliveryId)).state).toBe("sending");
  });

  test("waits with recording until a database that is busy is free again", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const records = (await claimNew(store, 30)).map((claimed) => makeRecord(claimed));
    const results = await Promise.all(
      records.map((record, n) => (n % 2 ? store : other).recordAttempts([record], now)),
    );
    expect(results.flatMap(({ lost }) => lost)).toEqual([]);
  });
});

describe.each(testBackends)("the health of a webhook on $name", (backend) => {
  async function healthOf(store: Store, id: string, at = now) {
    const health = (await store.getWebhookHealth([id], at)).get(id);
    if (!health) throw new Error("no health");
    return health;
  }

  const at = (minute: number) => new Date(now.getTime() + minute * 60_000);

  test("is healthy and empty before the first attempt", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    expect(await healthOf(store, webhook.id)).toEqual({
      state: "healthy",
      lastSuccessAt: null,
      lastFailureAt: null,
      failingSince: null,
      pending: 0,
      delivered24h: 0,
      failed24h: 0,
      p95Ms: null,
    });
  });

  test("is failing since the first failure after the last success, over several groups", async () => {
    await using store = await openTestStore(backend);
    const claims = await claimNew(store, 7);
    const { id } = claims[0]?.webhook ?? { id: "" };
    const record = (n: number, decision: Decision) => {
      const claimed = claims[n];
      if (!claimed) throw new Error("nothing is due");
      return makeRecord(claimed, decision, { startedAt: at(n) });
    };
    await store.recordAttempts([record(0, exhausted)], now);
    expect(await healthOf(store, id)).toMatchObject({ state: "failing", failingSince: at(0) });
    await store.recordAttempts([record(1, retry(at(600)))], now);
    expect(await healthOf(store, id)).toMatchObject({
      failingSince: at(0),
      lastFailureAt: at(1),
      pending: 6,
    });
    const group = [record(4, exhausted), record(3, exhausted), record(2, { state: "delivered" })];
    await store.recordAttempts(group, now);
    expect(await healthOf(store, id)).toMatchObject({ failingSince: at(3), lastSuccessAt: at(2) });
    await store.recordAttempts([record(5, exhausted)], now);
    expect(await healthOf(store, id)).toMatchObject({ failingSince: at(3), lastFailureAt: at(5) });
    await store.recordAttempts([record(6, { state: "delivered" })], now);
    await store.tendWebhooks(now);
    expect(await healthOf(store, id)).toEqual({
      state: "healthy",
      lastSuccessAt: at(6),
      lastFailureAt: at(5),
      failingSince: null,
      pending: 1,
      delivered24h: 2,
      failed24h: 4,
      p95Ms: 11, // of attempts that took 12.5: to within an eighth
    });
  });

  test("counts what ended within 24 hours, and measures what was attempted within them", async () => {
    await using store = await openTestStore(backend);
    const claims = await claimNew(store, 22);
    const { id } = claims[0]?.webhook ?? { id: "" };
    const [old, ...others] = claims;
    const dayAgo = at(-25 * 60);
    if (!old) throw new Error("nothing is due");
    await store.recordAttempts(
      [makeRecord(old, exhausted, { startedAt: dayAgo, durationMs: 99_999 })],
      dayAgo,
    );
    const records = others.map((claimed, n) =>
      makeRecord(claimed, undefined, { startedAt: at(-n), durationMs: n }),
    );
    await store.recordAttempts(records, now);
    await store.tendWebhooks(now);
    expect(await healthOf(store, id)).toMatchObject({ delivered24h: 21, failed24h: 0, p95Ms: 18 });
  });

  test("does not count tests", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestTestEvent(makeEvent(), webhook.id, now);
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const [claimed] = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    if (!claimed) throw new Error("nothing is due");
    await store.recordAttempts([makeRecord(claimed, exhausted)], now);
    await store.tendWebhooks(now);
    expect(await healthOf(store, webhook.id)).toMatchObject({ state: "healthy", failed24h: 0, p95Ms: null });
  });

  test("tells paused and disabled apart", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.pauseWebhook(webhook.id, now);
    expect((await healthOf(store, webhook.id)).state).toBe("paused");
    await store.updateWebhook(webhook.id, { isActive: false }, now);
    expect((await healthOf(store, webhook.id)).state).toBe("disabled");
  });
});
