import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConflictError, InvalidCursorError, type Store } from "./store.ts";
import type { PersonalRecord } from "./privacy.ts";
import {
  makeEvent,
  makeRecord,
  makeWebhook,
  openTestStore,
  testBackends,
  type TestStore,
} from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const later = new Date("2026-11-20T11:00:00.000Z");
const robin = { email: "robin@example.com", userId: 9 };
const erasedPayload = '{"sidehook_erased":true}';

const ofRobin = makeEvent({
  type: "customer_created",
  payload: '{"customer_id":3,"customer_user_email":"Robin@example.com","customer_name":"Robin R."}',
});
const ofSam = makeEvent({
  type: "customer_created",
  payload: '{"customer_id":4,"customer_user_email":"sam@example.com"}',
});
const byRobin = makeEvent({
  type: "site_published",
  payload: '{"site_id":3}',
  context: { siteId: 3, actorUserId: 9 },
});

async function eraseAll(store: Store, person = robin) {
  const total = { events: 0, deliveries: 0, attempts: 0, binRequests: 0 };
  let cursor: string | null = null;
  for (;;) {
    const step = await store.erasePerson(person, cursor, later);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += step.erased[name];
    if (step.nextCursor === null) return { ...step, erased: total };
    cursor = step.nextCursor;
  }
}

async function exportAll(store: Store, person = robin): Promise<PersonalRecord[]> {
  const records: PersonalRecord[] = [];
  let cursor: string | null = null;
  do {
    const { data, nextCursor } = await store.exportPerson(person, cursor);
    records.push(...data);
    cursor = nextCursor;
  } while (cursor !== null);
  return records;
}

/** One delivery of each event is made and sent, and the receiver says back what it got. */
async function deliver(store: Store, webhookId: string): Promise<string[]> {
  const claimed = await store.claimDeliveries({
    now: new Date(),
    leaseMs: 60_000,
    slots: [{ webhookId, limit: 100 }],
  });
  const records = claimed.map((delivery) =>
    makeRecord(delivery, undefined, {
      response: {
        status: 200,
        headers: { "x-for": delivery.event.payload },
        body: `got ${delivery.event.payload}`,
      },
    }),
  );
  await store.recordAttempts(records, now);
  return claimed.map(({ id }) => id);
}

/** Everything the database holds, as text. */
async function readAll(store: TestStore): Promise<string> {
  const tables = ["events", "deliveries", "attempts", "bin_requests", "event_subjects"];
  const rows = await Promise.all(tables.map((table) => store.runSql(`select * from ${table}`)));
  return JSON.stringify(rows).toLowerCase();
}

describe.each(testBackends)("a person's data on $name", (backend) => {
  test("is replaced by a note, with everything that was made of it, and nobody else's is", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([ofRobin, ofSam, byRobin], now);
    const ids = await deliver(store, webhook.id);
    while (await store.indexSubjects(new Date(Date.now() + 60_000)));
    const bin = await store.createBin("", now);
    const request = { method: "POST", path: "", receivedAt: now };
    await store.addBinRequest(bin.id, { ...request, headers: { "webhook-id": ofRobin.id }, body: "by id" });
    await store.addBinRequest(bin.id, { ...request, headers: {}, body: "e=robin%40example.com" });
    await store.addBinRequest(bin.id, {
      ...request,
      headers: { "webhook-id": ofSam.id },
      body: ofSam.payload,
    });

    const { erased, needsVacuum, webhooks } = await eraseAll(store);

    expect({ erased, needsVacuum, webhooks }).toEqual({
      erased: { events: 1, deliveries: 0, attempts: 1, binRequests: 2 },
      needsVacuum: false,
      webhooks: [],
    });
    expect(await readAll(store)).not.toMatch(/robin/);
    expect((await store.getEvent(ofRobin.id)).payload).toBe(erasedPayload);
    expect((await store.getEvent(ofSam.id)).payload).toBe(ofSam.payload);
    expect(await store.getEvent(byRobin.id)).toMatchObject({
      payload: byRobin.payload,
      context: { siteId: 3 },
    });
    expect((await store.getEvent(byRobin.id)).context).not.toHaveProperty("actorUserId");
    const deliveries = await Promise.all(ids.map((id) => store.getDelivery(id)));
    const bodies = new Map(deliveries.map(({ eventId, attempts }) => [eventId, attempts[0]?.response?.body]));
    expect([bodies.get(ofRobin.id), bodies.get(ofSam.id)]).toEqual(["", `got ${ofSam.payload}`]);
    expect((await store.listBinRequests(bin.id, { limit: 10 })).data).toHaveLength(1);
  });

  test("is erased from other people's answers too", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([ofSam], now);
    const [claimed] = await store.claimDeliveries({
      now: new Date(),
      leaseMs: 60_000,
      slots: [{ webhookId: webhook.id, limit: 1 }],
    });
    if (!claimed) throw new Error("nothing was claimed");
    const response = { status: 200, headers: {}, body: "your contact: robin@example.com" };
    await store.recordAttempts([makeRecord(claimed, undefined, { response })], now);
    expect((await eraseAll(store)).erased).toMatchObject({ events: 0, attempts: 1 });
    const { attempts, event } = await store.getDelivery(claimed.id);
    expect([attempts[0]?.response?.body, event.payload]).toEqual(["", ofSam.payload]);
  });

  test("is sent to nobody once it is erased: not what waits, not what is being sent, not by a replay", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([ofRobin, makeEvent({ payload: '{"user_id":"9"}' })], now);
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const [sending] = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    if (!sending) throw new Error("nothing was claimed");

    expect((await eraseAll(store)).erased).toMatchObject({ events: 2, deliveries: 2 });

    expect((await store.recordAttempts([makeRecord(sending)], later)).lost).toEqual([sending.id]);
    expect(await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots })).toEqual([]);
    const all = await store.listDeliveries({}, { limit: 10 });
    expect(all.data.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    await expect(store.replayDelivery(sending.id, later)).rejects.toThrow(ConflictError);
    await expect(store.replayDelivery(sending.id, later)).rejects.toThrow("erased at a person's wish");
    expect(await store.planReplay({ webhookId: webhook.id })).toMatchObject({ planned: 0 });
    const { webhook: another } = await store.createWebhook(makeWebhook(), later);
    expect(await store.planReplay({ webhookId: another.id, missing: true })).toMatchObject({ planned: 0 });
    expect(await readAll(store)).not.toMatch(/robin/);
  });

  test("is told of with everybody who got it, and of what others did only that the person has caused it", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(
      makeWebhook({ name: "CRM", url: "https://crm.example/secret" }),
      now,
    );
    await store.ingestEvents([ofRobin, ofSam, byRobin], now);
    await deliver(store, webhook.id);
    const bin = await store.createBin("", now);
    const headers = { a: "1" };
    await store.addBinRequest(bin.id, {
      method: "POST",
      path: "",
      receivedAt: now,
      headers,
      body: "robin@example.com",
    });

    expect(await exportAll(store)).toEqual([
      {
        kind: "event",
        id: ofRobin.id,
        type: ofRobin.type,
        occurredAt: ofRobin.occurredAt,
        siteId: 1,
        payload: ofRobin.payload,
        deliveries: [{ webhookName: "CRM", receiver: "crm.example", state: "delivered", finishedAt: now }],
      },
      {
        kind: "event",
        id: byRobin.id,
        type: byRobin.type,
        occurredAt: byRobin.occurredAt,
        siteId: 3,
        payload: null,
        deliveries: [],
      },
      {
        kind: "answer",
        receiver: "crm.example",
        answeredAt: expect.any(Date),
        body: `got ${ofRobin.payload}`,
      },
      { kind: "binRequest", id: expect.any(String), receivedAt: now, headers, body: "robin@example.com" },
    ]);
    await eraseAll(store);
    expect(await exportAll(store)).toEqual([]);
  });

  test("is found however much there is, a part at a time", async () => {
    await using store = await openTestStore(backend);
    const events = Array.from({ length: 450 }, (_, n) =>
      makeEvent({ payload: `{"n":${n},"e":"robin@example.com"}` }),
    );
    await store.ingestEvents(events, now);
    const first = await store.exportPerson(robin, null);
    expect([first.data.length, first.nextCursor]).toEqual([200, expect.any(String)]);
    expect(await exportAll(store)).toHaveLength(450);
    await expect(store.exportPerson(robin, "9.1")).rejects.toThrow(InvalidCursorError);
    expect((await eraseAll(store)).erased.events).toBe(450);
    expect((await eraseAll(store)).erased.events).toBe(0);
  });

  test("in the settings of a webhook stays, and is told", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(
      makeWebhook({ url: "https://a.example/?to=robin%40example.com" }),
      now,
    );
    expect((await eraseAll(store)).webhooks).toEqual([{ id: webhook.id, name: webhook.name }]);
  });
});

describe("on SQLite", () => {
  test("no byte of a person's address stays in the file or its log", async () => {
    await using store = await openTestStore();
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    const file = store.url.slice("sqlite:".length);
    const events = Array.from({ length: 600 }, (_, n) =>
      makeEvent({
        payload: JSON.stringify({
          email: n % 3 === 0 ? "robin@example.com" : `sam${n}@example.org`,
          text: "x".repeat(n * 7),
        }),
      }),
    );
    await store.ingestEvents(events, now);
    await deliver(store, webhook.id);
    while (await store.indexSubjects(new Date(Date.now() + 60_000)));
    await store.deleteBefore(new Date(0));
    const traces = () =>
      ["", "-wal", "-shm"].filter(
        (end) => existsSync(file + end) && readFileSync(file + end).includes("robin@example.com"),
      );
    expect(traces()).not.toEqual([]);
    await eraseAll(store);
    expect(traces()).toEqual([]);
  });

  test("what stays in unused pages is found and goes", async () => {
    await using store = await openTestStore();
    const file = store.url.slice("sqlite:".length);
    await store.runSql("pragma user_version = 7"); // a connection of its own does not overwrite what it deletes
    await store.runSql("create table old as select 'robin@example.com' as email");
    await store.runSql("drop table old");
    await store.runSql("pragma wal_checkpoint(truncate)");
    expect(readFileSync(file).includes("robin@example.com")).toBe(true);
    expect((await eraseAll(store)).needsVacuum).toBe(false);
    expect(readFileSync(file).includes("robin@example.com")).toBe(false);
  });
});
