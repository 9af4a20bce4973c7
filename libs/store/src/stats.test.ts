import { describe, expect, test } from "vitest";
import type { Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const start = new Date("2026-11-20T10:00:00.000Z").getTime();
const hourMs = 3_600_000;
const at = (hour: number) => new Date(start + hour * hourMs);

/** Attempts of one webhook in one hour that took 1, 2, 3 … milliseconds; each fourth fails. */
async function attempt(store: Store, webhookId: string, hour: number, count: number): Promise<void> {
  await store.ingestEvents(
    Array.from({ length: count }, () => makeEvent()),
    at(hour),
  );
  const slots = [{ webhookId, limit: count }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  const failed = { state: "failed", failureClass: "rejected", isWebhookGone: false } as const;
  const records = claimed.map((delivery, n) =>
    makeRecord(delivery, n % 4 === 3 ? failed : undefined, { startedAt: at(hour), durationMs: n + 1 }),
  );
  await store.recordAttempts(records, at(hour));
  await store.tendWebhooks(at(hour));
}

describe.each(testBackends)("statistics on $name", (backend) => {
  test("count by the hour and by the day, with how long attempts took, of all webhooks or of one", async () => {
    await using store = await openTestStore(backend);
    const { webhook: one } = await store.createWebhook(makeWebhook(), at(0));
    await attempt(store, one.id, 1, 100);
    await attempt(store, one.id, 3, 400);
    const { webhook: other } = await store.createWebhook(makeWebhook(), at(0));
    await attempt(store, other.id, 3, 4);
    const range = { since: at(0.5), until: at(4), bucketMs: hourMs };

    const ofOne = await store.readStats({ ...range, webhookId: one.id });
    expect(ofOne).toEqual([
      { at: at(0), delivered: 0, failed: 0, attemptMs: null },
      { at: at(1), delivered: 75, failed: 25, attemptMs: { p50: 45, p95: 89, p99: 89, samples: 100 } },
      { at: at(2), delivered: 0, failed: 0, attemptMs: null },
      { at: at(3), delivered: 300, failed: 100, attemptMs: expect.objectContaining({ samples: 400 }) },
    ]);
    const ofAll = await store.readStats(range);
    expect(ofAll.map(({ delivered, failed }) => [delivered, failed])).toEqual([
      [0, 0],
      [75, 25],
      [0, 0],
      [303, 101],
    ]);
    expect(ofAll[1]?.attemptMs).toEqual({ p50: 50, p95: 95, p99: 99, samples: 100 });

    const days = await store.readStats({ ...range, bucketMs: 24 * hourMs });
    expect(days).toMatchObject([{ at: new Date("2026-11-20T00:00:00Z"), delivered: 378, failed: 126 }]);
  });

  test("count between any times, each hour where it begins", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await attempt(store, webhook.id, 1, 4);
    await attempt(store, webhook.id, 2, 8);
    const startsAt = [at(0.5), at(1.5), at(2.5)];
    expect(await store.readStats({ startsAt, until: at(4) })).toMatchObject([
      { at: at(0.5), delivered: 3, failed: 1 },
      { at: at(1.5), delivered: 6, failed: 2, attemptMs: { samples: 8 } },
      { at: at(2.5), delivered: 0, failed: 0, attemptMs: null },
    ]);
    expect(await store.readStats({ startsAt: [], until: at(4) })).toEqual([]);
  });

  test("leave tests out", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await store.ingestTestEvent(makeEvent(), webhook.id, at(0));
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    await store.recordAttempts(
      claimed.map((delivery) => makeRecord(delivery, undefined, { startedAt: at(0) })),
      at(0),
    );
    const range = { since: at(0), until: at(1), bucketMs: hourMs };
    const empty = [{ at: at(0), delivered: 0, failed: 0, attemptMs: null }];
    expect(await store.readStats(range)).toEqual(empty);
    expect(await store.readStats({ ...range, webhookId: webhook.id })).toEqual(empty);
  });
});
