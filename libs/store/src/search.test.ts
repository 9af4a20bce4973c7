import type { WebhookEvent } from "@sidehook/events";
import { describe, expect, test } from "vitest";
import type { Page, PageRequest, Store } from "./store.ts";
import { makeEvent, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const start = new Date("2026-11-20T10:00:00.000Z").getTime();
const at = (second: number) => new Date(start + second * 1_000);
const later = at(3_600);

async function indexAll(store: Store): Promise<void> {
  while (await store.indexSubjects(later));
}

async function readAll<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await read({ limit, cursor: cursor ?? undefined });
    items.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Every second of nine events is about customer 5, each third about membership 7. */
async function makeLog(store: Store): Promise<WebhookEvent[]> {
  const events = Array.from({ length: 9 }, (_, n) =>
    makeEvent({
      payload: JSON.stringify({
        payment_id: 100 + n,
        customer_id: n % 2 === 0 ? 5 : 50,
        ...(n % 3 === 0 ? { membership_id: 7 } : {}),
        email: `Person${n % 2}@example.com`,
      }),
      context: { siteId: 1 + (n % 2) },
    }),
  );
  for (const [n, event] of events.entries()) await store.ingestEvents([event], at(n));
  return events;
}

describe.each(testBackends)("searching on $name", (backend) => {
  test.each([true, false])(
    "finds events and deliveries by what they are about, looked through before: %s",
    async (isIndexed) => {
      await using store = await openTestStore(backend);
      const { webhook } = await store.createWebhook(makeWebhook(), at(0));
      await store.createWebhook(makeWebhook(), at(0));
      const events = await makeLog(store);
      if (isIndexed) await indexAll(store);
      const expected = (isMeant: (n: number) => boolean) =>
        events.flatMap(({ id }, n) => (isMeant(n) ? [id] : [])).toReversed();
      const cases: [string, string[]][] = [
        ["customer:5", expected((n) => n % 2 === 0)],
        ["Customer #5", expected((n) => n % 2 === 0)],
        ["membership:7", expected((n) => n % 3 === 0)],
        ["site:2", expected((n) => n % 2 === 1)],
        ["person1@EXAMPLE.com", expected((n) => n % 2 === 1)],
        ["7", expected((n) => n % 3 === 0)],
        ["payment:104", expected((n) => n === 4)],
        ["customer:6", []],
      ];
      for (const [q, ids] of cases) {
        const found = await readAll((page) => store.listEvents({ q }, page), 2);
        expect([q, found.map(({ id }) => id)]).toEqual([q, ids]);
        const deliveries = await readAll((page) => store.listDeliveries({ q }, page), 3);
        expect([q, deliveries.map(({ eventId }) => eventId)]).toEqual([q, ids.flatMap((id) => [id, id])]);
        expect(new Set(deliveries.map(({ id }) => id)).size).toBe(ids.length * 2);
      }
      const filter = { q: "customer:5", webhookId: webhook.id, since: at(4) };
      expect(
        (await readAll((page) => store.listDeliveries(filter, page), 1)).map(({ eventId }) => eventId),
      ).toEqual(expected((n) => n % 2 === 0 && n >= 4));
    },
  );

  test("finds deliveries by a text in the payload, and the very one of an id", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), at(0));
    const events = await makeLog(store);
    const found = await store.listDeliveries({ q: '"payment_id":103' }, { limit: 10 });
    expect(found.data.map(({ eventId }) => eventId)).toEqual([events[3]?.id]);
    const [delivery] = found.data;
    expect((await store.listDeliveries({ q: delivery?.id }, { limit: 10 })).data).toEqual([delivery]);
  });

  test("looks each event through once, however many do so, and waits for what may still appear", async () => {
    await using store = await openTestStore(backend);
    await using another = await store.openAnother();
    await store.ingestEvents(
      Array.from({ length: 1_200 }, () => makeEvent({ payload: '{"customer_id":1}', context: {} })),
      at(0),
    );
    await store.ingestEvents([makeEvent({ payload: '{"customer_id":2}', context: {} })], at(60));
    const turns = await Promise.all(
      [store, another].map(async (each) => {
        let count = 0;
        while (await each.indexSubjects(at(65))) count++;
        return count;
      }),
    );
    expect(turns.reduce((sum, count) => sum + count)).toBe(2);
    const rows = await store.runSql("select subject, count(*) as count from event_subjects group by subject");
    expect(rows.map((row) => Object.values(row as object).map(String))).toEqual([["customer:1", "1200"]]);
    await indexAll(store);
    expect(await store.runSql("select 1 from event_subjects where subject = 'customer:2'")).toHaveLength(1);
  });

  test("forgets what retention has taken", async () => {
    await using store = await openTestStore(backend);
    await makeLog(store);
    await indexAll(store);
    await store.deleteBefore(at(5));
    const rows = await store.runSql("select distinct event_seq from event_subjects");
    expect(rows).toHaveLength(4);
  });
});

describe.each(testBackends)("the event before on $name", (backend) => {
  test("is the last one of its type that happened to the same object, or of any type", async () => {
    await using store = await openTestStore(backend);
    const make = async (type: string, payload: object, siteId = 1) => {
      const event = makeEvent({ type, payload: JSON.stringify(payload), context: { siteId } });
      await store.ingestEvents([event], at(0));
      return event.id;
    };
    const created = await make("payment_created", { payment_id: 5, customer_id: 1 });
    await make("payment_created", { payment_id: 6, customer_id: 1 });
    let post = await make("wp_post_published", { post_id: 9 }, 1);
    await make("wp_post_published", { post_id: 9 }, 2);
    const received = await make("payment_received", { payment_id: 5, customer_id: 1 });
    for (const isIndexed of [false, true]) {
      if (isIndexed) await indexAll(store);
      const updated = await make("wp_post_updated", { post_id: 9 }, 1);
      expect((await store.findPreviousEvent(updated))?.id).toBe(post);
      post = updated;
      const previous = await store.findPreviousEvent(received);
      expect(previous).toMatchObject({
        id: created,
        payload: '{"payment_id":5,"customer_id":1}',
        isTest: false,
      });
    }
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await store.ingestTestEvent(makeEvent({ payload: '{"payment_id":5}' }), webhook.id, at(0));
    const last = await make("payment_refunded", { payment_id: 5 });
    expect((await store.findPreviousEvent(last))?.id).toBe(received);
    await make("payment_updated", { payment_id: 5 });
    const again = await make("payment_refunded", { payment_id: 5 });
    expect((await store.findPreviousEvent(again))?.id).toBe(last);
    expect(await store.findPreviousEvent(created)).toBeUndefined();
    expect(await store.findPreviousEvent("evt_none")).toBeUndefined();
  });
});
