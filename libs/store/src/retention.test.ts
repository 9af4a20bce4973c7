import { describe, expect, test } from "vitest";
import { NotFoundError, type Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const day = 24 * 3_600_000;
const now = new Date("2026-11-20T10:00:00.000Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * day);

async function deliverAll(store: Store, webhookId: string, at: Date): Promise<void> {
  const slots = [{ webhookId, limit: 2_000 }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  await store.recordAttempts(
    claimed.map((delivery) => makeRecord(delivery, undefined, { startedAt: at })),
    at,
  );
}

describe.each(testBackends)("retention on $name", (backend) => {
  test("takes what is older with all that belongs to it, and leaves the rest", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), daysAgo(50));
    const events = Array.from({ length: 1_203 }, () => makeEvent());
    const kept = events.splice(-3);
    await store.ingestEvents(events, daysAgo(40));
    await deliverAll(store, webhook.id, daysAgo(40));
    await store.ingestEvents(kept, daysAgo(29));
    await deliverAll(store, webhook.id, daysAgo(29));
    const bin = await store.createBin("", daysAgo(50));
    const request = { method: "GET", path: "", headers: {}, body: "" };
    await store.addBinRequest(bin.id, { ...request, receivedAt: daysAgo(40) });
    await store.addBinRequest(bin.id, { ...request, receivedAt: daysAgo(29) });

    expect(await store.deleteBefore(daysAgo(30))).toBe(1_200);

    const { data } = await store.listEvents({}, { limit: 200 });
    expect(data.map(({ id }) => id)).toEqual(kept.map(({ id }) => id).toReversed());
    const deliveries = (await store.listDeliveries({}, { limit: 200 })).data;
    expect(deliveries).toHaveLength(3);
    expect((await store.getDelivery(deliveries[0]?.id ?? "")).attempts).toHaveLength(1);
    expect((await store.listBinRequests(bin.id, { limit: 10 })).data).toHaveLength(1);
    expect(await store.deleteBefore(daysAgo(30))).toBe(0);
  });

  test("never takes what is unfinished, nor what has ended only since", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), daysAgo(50));
    const event = makeEvent();
    await store.ingestEvents([event, makeEvent({ type: "unwanted" })], daysAgo(40));
    await store.pauseWebhook(webhook.id, daysAgo(40));
    expect(await store.deleteBefore(now)).toBe(0);
    await store.resumeWebhook(webhook.id, "send", daysAgo(1));
    await deliverAll(store, webhook.id, daysAgo(1));
    expect(await store.deleteBefore(daysAgo(30))).toBe(0);
    expect((await store.getEvent(event.id)).payload).toBe(event.payload);
    expect(await store.deleteBefore(now)).toBe(2);
    await expect(store.getEvent(event.id)).rejects.toThrow(NotFoundError);
  });

  test("goes past what has to stay", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook({ events: ["waits"] }), daysAgo(50));
    const waiting = Array.from({ length: 700 }, () => makeEvent({ type: "waits" }));
    await store.ingestEvents(waiting, daysAgo(45));
    await store.ingestEvents(
      Array.from({ length: 700 }, () => makeEvent()),
      daysAgo(40),
    );
    expect(await store.deleteBefore(daysAgo(30))).toBe(700);
    expect(await store.deleteBefore(daysAgo(30))).toBe(0);
  });

  test("forgets a deleted webhook once nothing names it any more", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook({ name: "Old" }), daysAgo(50));
    await store.ingestEvents([makeEvent()], daysAgo(20));
    await store.deleteWebhook(webhook.id, daysAgo(20));
    await store.deleteBefore(daysAgo(30));
    expect((await store.listDeliveries({}, { limit: 10 })).data[0]?.webhookName).toBe("Old");
    expect(await store.deleteBefore(daysAgo(10))).toBe(1);
    // The row has gone: its id is free again.
    await store.runSql(
      `insert into webhooks (id, name, url, events, is_active, is_paused, format, headers, site_ids, source, created_at, updated_at)
       values ('${webhook.id}', '', '', '[]', 0, 0, 'compatible', '{}', '[]', '', 0, 0)`,
    );
  });

  test("cancels what a crash has left of a webhook that was being deleted", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), daysAgo(50));
    await store.ingestEvents([makeEvent()], now);
    await store.runSql(`update webhooks set deleted_at = 1 where id = '${webhook.id}'`);
    await store.deleteBefore(daysAgo(30));
    expect((await store.listDeliveries({}, { limit: 10 })).data[0]?.state).toBe("cancelled");
  });
});

describe.each(testBackends)("checkWritable on $name", (backend) => {
  test("leaves nothing behind, also when asked several times at once", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    await Promise.all([store, other, store, other].map((each) => each.checkWritable()));
    expect(await store.runSql("select name from meta")).toEqual([{ name: "webhooks_version" }]);
  });

  test("fails when nothing can be written", async () => {
    await using store = await openTestStore(backend);
    await store.runSql("drop table meta");
    await expect(store.checkWritable()).rejects.toThrow("meta");
  });
});
