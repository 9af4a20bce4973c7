import { describe, expect, test } from "vitest";
import { makeEvent, makeWebhook, openTestStore, testBackends, type TestStore } from "./testing.ts";

const now = new Date("2026-11-22T10:00:00.000Z");

async function listDeliveries(store: TestStore) {
  return (await store.listDeliveries({}, { limit: 200 })).data;
}

/** Every second delivery of an event of type `poison` fails in the database. */
async function refusePoison(store: TestStore): Promise<void> {
  await store.runSql(
    "create unique index poison on deliveries ((case when event_type = 'poison' then 'one only' end))",
  );
}

describe.each(testBackends)("accepting events on $name", (backend) => {
  test("makes one delivery for each webhook that wants the event, and for no other", async () => {
    await using store = await openTestStore(backend);
    const wanted = [
      makeWebhook({ events: ["payment_received"] }),
      makeWebhook({ events: ["payment_*"] }),
      makeWebhook({ events: ["*"], siteIds: [1, 2] }),
      makeWebhook({ filter: { payment_id: ["5"] } }),
    ];
    const unwanted = [
      makeWebhook({ events: ["site_published"] }),
      makeWebhook({ siteIds: [2] }),
      makeWebhook({ filter: { payment_id: [6] } }),
      makeWebhook({ isActive: false }),
    ];
    const ids: string[] = [];
    for (const input of wanted) ids.push((await store.createWebhook(input, now)).webhook.id);
    for (const input of unwanted) await store.createWebhook(input, now);
    const event = makeEvent();

    expect(await store.ingestEvents([event], now)).toEqual([{ id: event.id, status: "accepted" }]);

    const deliveries = await listDeliveries(store);
    expect(deliveries.map(({ webhookId }) => webhookId).sort()).toEqual(ids.sort());
    expect(deliveries[0]).toMatchObject({
      eventId: event.id,
      eventType: "payment_received",
      siteId: 1,
      state: "pending",
      isTest: false,
      attemptCount: 0,
      nextAttemptAt: now,
      createdAt: now,
      finishedAt: null,
      failureClass: null,
    });
  });

  test("answers duplicate for an id it has, and makes no further delivery", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), now);
    const event = makeEvent();
    await store.ingestEvents([event], now);
    const changed = { ...event, payload: '{"other":1}' };
    expect(await store.ingestEvents([changed], now)).toEqual([{ id: event.id, status: "duplicate" }]);
    expect((await store.getEvent(event.id)).payload).toBe(event.payload);
    expect(await listDeliveries(store)).toHaveLength(1);
  });

  test("takes the first of two events with one id in the same request", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), now);
    const event = makeEvent();
    const results = await store.ingestEvents([event, makeEvent(), event], now);
    expect(results.map(({ status }) => status)).toEqual(["accepted", "accepted", "duplicate"]);
    expect(await listDeliveries(store)).toHaveLength(2);
  });

  test("accepts an event once when several connections bring it at the same time", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    await store.createWebhook(makeWebhook(), now);
    const events = Array.from({ length: 40 }, () => makeEvent());
    const reversed = events.toReversed();
    const results = await Promise.all([
      ...events.map((event) => store.ingestEvents([event], now)),
      ...reversed.map((event) => other.ingestEvents([event], now)),
      store.ingestEvents(events, now),
    ]);
    const accepted = results.flat().filter(({ status }) => status === "accepted");
    expect(accepted).toHaveLength(40);
    expect(new Set(accepted.map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)));
    expect(await listDeliveries(store)).toHaveLength(40);
  });

  test("stores an event with all its deliveries or not at all, and lets its neighbours through", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), now);
    await refusePoison(store);
    await store.ingestEvents([makeEvent({ type: "poison" })], now);
    const poison = makeEvent({ type: "poison" });
    const neighbours = Array.from({ length: 5 }, () => makeEvent());

    const results = await Promise.allSettled(
      [...neighbours, poison, makeEvent()].map((event) => store.ingestEvents([event], now)),
    );

    expect(results.map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(1);
    expect(results[5]?.status).toBe("rejected");
    await expect(store.getEvent(poison.id)).rejects.toThrow(`event ${poison.id} does not exist`);
    expect(await listDeliveries(store)).toHaveLength(7);
  });

  test.each([
    ["spaces, order of keys and long numbers", '{ "b" : 1.10, "a": 12345678901234567890,\n\t"b": 2 }'],
    ["an escaped NUL and escaped halves of a pair", '{"a":"\\u0000 \\ud83d \\/ \\u00e9"}'],
    ["every kind of character", '{"é":"naïve 日本語 🙂 \u2028 \u007f \uFFFD"}'],
    ["256 KiB", JSON.stringify({ a: "ä".repeat(131_000) })],
  ])("keeps the bytes of a payload: %s", async (_, payload) => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    const event = makeEvent({ payload });
    await store.ingestEvents([event], now);
    expect((await store.getEvent(event.id)).payload).toBe(payload);
    const [claimed] = await store.claimDeliveries({
      now,
      leaseMs: 60_000,
      slots: [{ webhookId: webhook.id, limit: 1 }],
    });
    expect(claimed?.event).toEqual(event);
  });

  test("stores half a surrogate pair as the bytes that would be sent", async () => {
    await using store = await openTestStore(backend);
    const event = makeEvent({ payload: '{"a":"\ud83d"}' });
    await store.ingestEvents([event], now);
    expect((await store.getEvent(event.id)).payload).toBe('{"a":"\uFFFD"}');
  });

  test("knows at once what another process has changed about the webhooks", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    await store.ingestEvents([makeEvent()], now);
    const { webhook } = await other.createWebhook(makeWebhook(), now);
    await store.ingestEvents([makeEvent()], now);
    await other.updateWebhook(webhook.id, { events: ["site_published"] }, now);
    await store.ingestEvents([makeEvent()], now);
    expect(await listDeliveries(store)).toHaveLength(1);
  });

  test("never leaves something waiting for a webhook that is deleted while events come in", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    const ingesting = Array.from({ length: 30 }, async () => store.ingestEvents([makeEvent()], now));
    const deleting = other.deleteWebhook(webhook.id, now);
    await Promise.all([...ingesting, deleting]);
    await store.ingestEvents([makeEvent()], now);
    const states = new Set((await listDeliveries(store)).map(({ state }) => state));
    expect([...states].filter((state) => state !== "cancelled")).toEqual([]);
    expect((await store.listEvents({}, { limit: 200 })).data).toHaveLength(31);
  });

  test("sends a test event to its webhook alone, whatever that wants", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), now);
    const { webhook } = await store.createWebhook(
      makeWebhook({ events: ["site_published"], isActive: false }),
      now,
    );
    const event = makeEvent();
    const { deliveryId } = await store.ingestTestEvent(event, webhook.id, now);
    expect(await store.getDelivery(deliveryId)).toMatchObject({ webhookId: webhook.id, isTest: true });
    expect(await listDeliveries(store)).toHaveLength(1);
    expect((await store.getEvent(event.id)).isTest).toBe(true);
  });

  test("refuses a test event for a webhook that does not exist, and one whose id is taken", async () => {
    await using store = await openTestStore(backend);
    const event = makeEvent();
    await expect(store.ingestTestEvent(event, "wh_none", now)).rejects.toThrow("wh_none does not exist");
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([event], now);
    await expect(store.ingestTestEvent(event, webhook.id, now)).rejects.toThrow("exists already");
  });

  test("fans out to more webhooks than fit into one statement", async () => {
    await using store = await openTestStore(backend);
    for (let n = 0; n < 30; n++) await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents(
      Array.from({ length: 60 }, () => makeEvent()),
      now,
    );
    expect((await store.listDueWebhooks()).length).toBe(30);
    const health = await store.getWebhookHealth(
      (await store.listWebhooks({ limit: 200 })).data.map(({ id }) => id),
      now,
    );
    expect([...health.values()].map(({ pending }) => pending)).toEqual(Array.from({ length: 30 }, () => 60));
  });
});
