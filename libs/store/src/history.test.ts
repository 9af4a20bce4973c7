import type { WebhookEvent } from "@sidehook/events";
import { describe, expect, test } from "vitest";
import { InvalidCursorError, NotFoundError, type Page, type PageRequest, type Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const start = new Date("2026-11-20T10:00:00.000Z").getTime();
const at = (minute: number) => new Date(start + minute * 60_000);

/** One event a minute, of three types and three sites in turn; answers their ids, the oldest first. */
async function makeLog(store: Store, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const type = ["payment_received", "site_published", "domain_created"][n % 3] ?? "";
    const event = makeEvent({ type, payload: `{"number":${n}}`, context: { siteId: (n % 4) + 1 } });
    await store.ingestEvents([event], at(n));
    ids.push(event.id);
  }
  return ids;
}

/** Follows the pages to the end, which must come. */
async function readAll<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 100; pages++) {
    const page: Page<T> = await list({ limit, cursor });
    expect(page.data.length).toBeLessThanOrEqual(limit);
    items.push(...page.data);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
  throw new Error("the list does not end");
}

describe.each(testBackends)("the log of events on $name", (backend) => {
  test("shows an event as it came", async () => {
    await using store = await openTestStore(backend);
    const event = makeEvent({
      context: { siteId: 3, networkId: 1, siteUrl: "https://a.example", source: "web" },
    });
    await store.ingestEvents([event], at(0));
    expect(await store.getEvent(event.id)).toEqual({ ...event, isTest: false, receivedAt: at(0) });
    const { payload: _, ...summary } = event;
    const { data } = await store.listEvents({}, { limit: 10 });
    expect(data).toEqual([{ ...summary, isTest: false, receivedAt: at(0) }]);
    await expect(store.getEvent("evt_none")).rejects.toThrow(NotFoundError);
  });

  test("is read newest first without a gap or a repetition while events are added", async () => {
    await using store = await openTestStore(backend);
    const ids = await makeLog(store, 25);
    // All at one moment: the time alone does not order them.
    const atOnce = Array.from({ length: 25 }, () => makeEvent());
    await store.ingestEvents(atOnce, at(25));
    const seen = await readAll(async (page) => {
      await store.ingestEvents([makeEvent()], at(30));
      return store.listEvents({}, page);
    }, 7);
    const expected = [...ids, ...atOnce.map(({ id }) => id)].toReversed();
    expect(seen.map(({ id }) => id).slice(1)).toEqual(expected);
  });

  test.each<[string, Parameters<Store["listEvents"]>[0], (event: { n: number }) => boolean]>([
    ["type", { type: "site_published" }, ({ n }) => n % 3 === 1],
    ["site", { siteId: 2 }, ({ n }) => n % 4 === 1],
    ["type and site", { type: "site_published", siteId: 2 }, ({ n }) => n % 12 === 1],
    ["beginning", { since: at(10) }, ({ n }) => n >= 10],
    ["end", { until: at(10) }, ({ n }) => n < 10],
    ["stretch", { since: at(3), until: at(9), siteId: 1 }, ({ n }) => n === 4 || n === 8],
    ["text in the payload", { q: '"NUMBER":1' }, ({ n }) => n === 1 || (n >= 10 && n < 20)],
    ["text and type", { q: "number", type: "domain_created" }, ({ n }) => n % 3 === 2],
    ["characters with a meaning to databases", { q: "%_\\" }, () => false],
    ["a character no text has", { q: "\u0000" }, () => false],
  ])("is filtered by %s", async (_, filter, isExpected) => {
    await using store = await openTestStore(backend);
    const ids = await makeLog(store, 25);
    const seen = await readAll((page) => store.listEvents(filter, page), 4);
    const expected = ids.filter((_, n) => isExpected({ n })).toReversed();
    expect(seen.map(({ id }) => id)).toEqual(expected);
  });

  test("finds the event whose id is asked for at once", async () => {
    await using store = await openTestStore(backend);
    const [id] = await makeLog(store, 3);
    const page = await store.listEvents({ q: id }, { limit: 1 });
    expect([page.data.map((event) => event.id), page.nextCursor]).toEqual([[id], null]);
  });

  test("leaves out what Sidehook tells about itself, if asked to", async () => {
    await using store = await openTestStore(backend);
    const kept = makeEvent({ type: "sidehookish" });
    await store.ingestEvents([makeEvent({ type: "sidehook.webhook_held" }), kept], at(0));
    expect((await store.listEvents({}, { limit: 10 })).data).toHaveLength(2);
    const { data } = await store.listEvents({ isOfNetwork: true }, { limit: 10 });
    expect(data.map(({ id }) => id)).toEqual([kept.id]);
  });

  test("looks for a text in long logs stretch by stretch, and misses nothing", async () => {
    await using store = await openTestStore(backend);
    const event = (n: number): WebhookEvent => makeEvent({ payload: `{"found":${n % 900 === 0}}` });
    await store.ingestEvents(
      Array.from({ length: 4_500 }, (_, n) => event(n)),
      at(0),
    );
    const first = await store.listEvents({ q: '"found":true' }, { limit: 10 });
    expect(first.data).toHaveLength(2);
    expect(first.nextCursor).not.toBeNull();
    const seen = await readAll((page) => store.listEvents({ q: '"found":true' }, page), 1);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
  });

  test.each(["", "x", "WyJhIiwxXQ", "WzFd", "W251bGwsMV0", "e30", "WzEuNSwxXQ"])(
    "refuses %j, which is no cursor of its own",
    async (cursor) => {
      await using store = await openTestStore(backend);
      const page = { limit: 10, cursor };
      await expect(store.listEvents({}, page)).rejects.toThrow(InvalidCursorError);
      await expect(store.listEvents({ q: "a" }, page)).rejects.toThrow(InvalidCursorError);
      await expect(store.listDeliveries({}, page)).rejects.toThrow(InvalidCursorError);
    },
  );

  test("tells when each event type was last received, tests left out", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await makeLog(store, 5);
    await store.ingestTestEvent(makeEvent(), webhook.id, at(20));
    await store.ingestTestEvent(makeEvent({ type: "only_tested" }), webhook.id, at(20));
    expect(await store.listLastSeen()).toEqual(
      new Map([
        ["domain_created", at(2)],
        ["payment_received", at(3)],
        ["site_published", at(4)],
      ]),
    );
  });
});

describe.each(testBackends)("what became of an event on $name", (backend) => {
  test("is told for each webhook: its delivery, or why it has none", async () => {
    await using store = await openTestStore(backend);
    const make = async (name: string, changes: Parameters<typeof makeWebhook>[0]) =>
      (await store.createWebhook(makeWebhook({ name, ...changes }), at(0))).webhook.id;
    await make("other type", { events: ["site_published"] });
    await make("inactive", { isActive: false });
    await make("other site", { siteIds: [9] });
    const deletedId = await make("deleted", {});
    await make("wanted", {});
    const event = makeEvent();
    await store.ingestEvents([event], at(0));
    await store.deleteWebhook(deletedId, at(1));
    await make("came later", {});

    const outcomes = await store.listEventOutcomes(event.id);

    const rows = outcomes.map(({ webhookName, deliveryId, reason }) => [
      webhookName,
      deliveryId !== null,
      reason,
    ]);
    expect(rows).toEqual([
      ["came later", false, null],
      ["wanted", true, null],
      ["deleted", true, null],
      ["other site", false, "site"],
      ["inactive", false, "inactive"],
      ["other type", false, "not_subscribed"],
    ]);
    await expect(store.listEventOutcomes("evt_none")).rejects.toThrow(NotFoundError);
  });

  test("is told of a test for the webhook it was for", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), at(0));
    const { webhook } = await store.createWebhook(makeWebhook({ isActive: false }), at(0));
    const event = makeEvent();
    const { deliveryId } = await store.ingestTestEvent(event, webhook.id, at(0));
    const outcomes = await store.listEventOutcomes(event.id);
    expect(outcomes).toMatchObject([{ webhookId: webhook.id, deliveryId, reason: null }]);
  });
});

describe.each(testBackends)("the log of deliveries on $name", (backend) => {
  /** Two webhooks, 24 events, one of each four failed, one delivered, one being sent and one waiting. */
  async function makeDeliveries(store: Store) {
    const { webhook: all } = await store.createWebhook(makeWebhook(), at(0));
    const { webhook: sites } = await store.createWebhook(makeWebhook({ events: ["site_*"] }), at(0));
    const eventIds = await makeLog(store, 24);
    const slots = [{ webhookId: all.id, limit: 24 }];
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 600_000, slots });
    const failed = { state: "failed", failureClass: "rejected", isWebhookGone: false } as const;
    const records = claimed.flatMap((delivery, n) =>
      n % 4 < 2 ? [makeRecord(delivery, n % 4 === 0 ? failed : { state: "delivered" })] : [],
    );
    await store.recordAttempts(records, at(60));
    await store.releaseClaims(claimed.filter((_, n) => n % 4 === 2).map(({ claimToken }) => claimToken));
    return { all: all.id, sites: sites.id, eventIds };
  }

  test("is filtered, and read without a gap or a repetition", async () => {
    await using store = await openTestStore(backend);
    const { all, sites, eventIds } = await makeDeliveries(store);
    const every = await readAll((page) => store.listDeliveries({}, page), 5);
    expect(every).toHaveLength(32);
    expect(new Set(every.map(({ id }) => id)).size).toBe(32);
    expect(every.map(({ createdAt }) => createdAt.getTime())).toEqual(
      every.map(({ createdAt }) => createdAt.getTime()).sort((a, b) => b - a),
    );
    type Case = [Parameters<Store["listDeliveries"]>[0], (delivery: (typeof every)[number]) => boolean];
    const cases: Case[] = [
      [{ webhookId: sites }, ({ webhookId }) => webhookId === sites],
      [{ eventId: eventIds[4] }, ({ eventId }) => eventId === eventIds[4]],
      [{ eventType: "site_published" }, ({ eventType }) => eventType === "site_published"],
      [{ siteId: 2 }, ({ siteId }) => siteId === 2],
      [{ state: "pending" }, ({ state }) => state === "pending"],
      [{ state: "sending" }, ({ state }) => state === "sending"],
      [{ state: "delivered" }, ({ state }) => state === "delivered"],
      [{ state: "failed" }, ({ state }) => state === "failed"],
      [
        { webhookId: all, state: "failed" },
        ({ webhookId, state }) => webhookId === all && state === "failed",
      ],
      [{ webhookId: sites, state: "failed" }, () => false],
      [{ since: at(20) }, ({ createdAt }) => createdAt >= at(20)],
      [
        { until: at(3), webhookId: all },
        ({ createdAt, webhookId }) => createdAt < at(3) && webhookId === all,
      ],
      [{ q: every[7]?.id }, ({ id }) => id === every[7]?.id],
      [{ q: eventIds[1] }, ({ eventId }) => eventId === eventIds[1]],
      [{ q: "evt_\u0000" }, () => false],
    ];
    for (const [filter, isExpected] of cases) {
      const seen = await readAll((page) => store.listDeliveries(filter, page), 3);
      const expected = every.filter(isExpected).map(({ id }) => id);
      expect([filter, seen.map(({ id }) => id)]).toEqual([filter, expected]);
    }
  });
});
