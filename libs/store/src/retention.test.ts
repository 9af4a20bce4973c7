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

  test("takes what has expired, and old numbers and replays, however many there are", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), daysAgo(50));
    const old = await store.createReplay({ webhookId: webhook.id }, daysAgo(40));
    await store.cancelReplay(old.id, daysAgo(40));
    const running = await store.createReplay({}, daysAgo(40));
    await store.ingestEvents([makeEvent(), makeEvent()], now);
    await deliverAll(store, webhook.id, now);
    const numbers = (table: string, columns: string, values: string) =>
      store.runSql(
        `insert into ${table} (${columns}) with recursive n (i) as (
           select 1 union all select i + 1 from n where i < 1203) select ${values} from n`,
      );
    const hour = daysAgo(40).getTime() - (daysAgo(40).getTime() % 3_600_000);
    await numbers("webhook_hours", "webhook_id, hour_at, delivered, failed", `'x' || i, ${hour}, 1, 0`);
    await numbers("used_values", "value_hash, expires_at", "'v' || i, 1");
    await store.createSession("token", daysAgo(100));
    const { value } = await store.createSession("token", new Date());
    await store.deleteBefore(daysAgo(30));
    await expect(store.getReplay(old.id)).rejects.toThrow(NotFoundError);
    expect((await store.getReplay(running.id)).state).toBe("running");
    const count = async (table: string) =>
      Number(Object.values((await store.runSql(`select count(*) from ${table}`))[0] as object)[0]);
    expect([await count("webhook_hours"), await count("used_values"), await count("sessions")]).toEqual([
      1, 0, 1,
    ]);
    expect(await store.findSession(value, new Date())).toBeDefined();
  });

  test("takes an event with more deliveries than fit into one transaction", async () => {
    await using store = await openTestStore(backend);
    for (let n = 0; n < 3; n++) await store.createWebhook(makeWebhook(), daysAgo(50));
    const [event] = await store.ingestEvents([makeEvent()], daysAgo(40));
    await store.runSql(
      `insert into webhooks (id, name, url, events, is_active, is_paused, format, headers, site_ids, source, created_at, updated_at)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 450)
       select 'wh_' || i, '', '', '[]', 0, 0, 'compatible', '{}', '[]', '', 0, 0 from n`,
    );
    await store.runSql(
      `insert into deliveries (id, event_seq, webhook_id, event_type, created_at)
       select 'dlv_' || id, 1, id, 'a', 0 from webhooks where name = ''`,
    );
    await store.runSql("update deliveries set state = 'failed', finished_at = 0 where id <> 'dlv_wh_450'");
    expect(await store.deleteBefore(daysAgo(30))).toBe(0);
    await store.runSql("update deliveries set state = 'failed', finished_at = 0");
    expect(await store.deleteBefore(daysAgo(30))).toBe(1);
    await expect(store.getEvent(event?.id ?? "")).rejects.toThrow(NotFoundError);
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
