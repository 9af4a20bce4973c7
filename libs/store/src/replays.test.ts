import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { finished, startProgram } from "../test/processes.ts";
import { ConflictError, NotFoundError, type Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const start = new Date("2026-11-20T10:00:00.000Z").getTime();
const at = (minute: number) => new Date(start + minute * 60_000);
const now = at(1_000);

/** Lets every replay come to its end; answers how many turns that took. */
async function runReplays(store: Store): Promise<number> {
  let turns = 0;
  while (await store.advanceReplay(now)) turns++;
  return turns;
}

/** Makes the attempts that are due and records how they ended; answers the triggers they had. */
async function attemptAll(store: Store, webhookId: string, state: "delivered" | "failed"): Promise<string[]> {
  const slots = [{ webhookId, limit: 5_000 }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  const failed = { state: "failed", failureClass: "rejected", isWebhookGone: false } as const;
  const decision = state === "failed" ? failed : ({ state } as const);
  await store.recordAttempts(
    claimed.map((delivery) => makeRecord(delivery, decision)),
    now,
  );
  return claimed.map(({ trigger }) => trigger);
}

async function ingest(
  store: Store,
  count: number,
  more: Parameters<typeof makeEvent>[0] = {},
): Promise<string[]> {
  const events = Array.from({ length: count }, () => makeEvent(more));
  await store.ingestEvents(events, at(0));
  return events.map(({ id }) => id);
}

async function pendingOf(store: Store, webhookId: string): Promise<number> {
  return (await store.getWebhookHealth([webhookId], now)).get(webhookId)?.pending ?? 0;
}

describe.each(testBackends)("a replay on $name", (backend) => {
  test("plans an exact number, shows some, and does nothing yet", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    const { webhook: other } = await store.createWebhook(makeWebhook({ events: ["site_*"] }), at(0));
    await ingest(store, 2_345);
    await ingest(store, 7, { type: "site_published", context: { siteId: 3 } });
    await store.ingestTestEvent(makeEvent(), webhook.id, at(1));
    await attemptAll(store, webhook.id, "failed");
    const planned = async (filter: Parameters<Store["planReplay"]>[0]) =>
      (await store.planReplay(filter)).planned;
    expect(await planned({})).toBe(2_359);
    expect(await planned({ webhookId: webhook.id, state: "failed" })).toBe(2_352);
    expect(await planned({ webhookId: webhook.id, state: "failed", eventType: "site_published" })).toBe(7);
    expect(await planned({ siteId: 3, webhookId: other.id })).toBe(7);
    expect(await planned({ since: at(1) })).toBe(0);
    expect(await planned({ until: at(1), state: "pending" })).toBe(7);
    expect(await planned({ state: "delivered" })).toBe(0);
    const { sample } = await store.planReplay({ webhookId: other.id });
    expect(sample).toHaveLength(5);
    expect(sample[0]).toMatchObject({ eventType: "site_published", webhookId: other.id, createdAt: at(0) });
    expect(await pendingOf(store, webhook.id)).toBe(0);
    await expect(store.planReplay({ webhookId: "wh_none" })).rejects.toThrow(NotFoundError);
  });

  test("makes what matches due again, once each, and what failed again is not taken a second time", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 1_203);
    await attemptAll(store, webhook.id, "failed");
    const made = await store.createReplay({ state: "failed", webhookId: webhook.id }, now);
    expect(made).toMatchObject({ state: "running", planned: 1_203, done: 0, failed: 0 });
    expect(await store.advanceReplay(now)).toBe(true);
    expect(await store.getReplay(made.id)).toMatchObject({ state: "running", done: 500 });
    const triggers = await attemptAll(store, webhook.id, "failed");
    expect(new Set(triggers)).toEqual(new Set(["replay"]));
    await ingest(store, 3);
    await runReplays(store);
    expect(await store.getReplay(made.id)).toMatchObject({
      state: "done",
      done: 1_203,
      failed: 0,
      finishedAt: now,
    });
    expect(await pendingOf(store, webhook.id)).toBe(703 + 3);
    expect((await store.listReplays({ limit: 10 })).data.map(({ id }) => id)).toEqual([made.id]);
  });

  test("counts as failed what is being sent just then", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 10);
    const slots = [{ webhookId: webhook.id, limit: 3 }];
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    const { id } = await store.createReplay({}, now);
    await runReplays(store);
    expect(await store.getReplay(id)).toMatchObject({ state: "done", planned: 10, done: 7, failed: 3 });
    expect((await store.getDelivery(claimed[0]?.id ?? "")).state).toBe("sending");
  });

  test("leaves out what belonged to a webhook that is deleted meanwhile", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    const { webhook: deleted } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 10);
    await attemptAll(store, webhook.id, "failed");
    await attemptAll(store, deleted.id, "failed");
    const replay = await store.createReplay({}, now);
    expect(replay.planned).toBe(20);
    await store.deleteWebhook(deleted.id, now);
    await runReplays(store);
    expect(await store.getReplay(replay.id)).toMatchObject({ state: "done", done: 10 });
  });

  test("stops when it is cancelled, and leaves the rest as it was", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 1_100);
    await attemptAll(store, webhook.id, "delivered");
    const { id } = await store.createReplay({ webhookId: webhook.id }, now);
    await store.advanceReplay(now);
    expect(await store.cancelReplay(id, now)).toMatchObject({
      state: "cancelled",
      done: 500,
      planned: 1_100,
    });
    expect(await store.advanceReplay(now)).toBe(false);
    expect(await pendingOf(store, webhook.id)).toBe(500);
    await expect(store.cancelReplay(id, now)).rejects.toThrow(ConflictError);
    await expect(store.cancelReplay("rpl_none", now)).rejects.toThrow(NotFoundError);
  });

  test("is advanced by several sidecars at once without anything being replayed twice", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 2_600);
    await attemptAll(store, webhook.id, "delivered");
    await using second = await store.openAnother();
    await using third = await store.openAnother();
    const { id } = await store.createReplay({}, now);
    const over = new AbortController();
    // What is due is delivered at once: whatever is made due a second time is sent a second time.
    const delivering = (async () => {
      while (!over.signal.aborted) {
        await attemptAll(store, webhook.id, "delivered");
        await turn(); // on SQLite nothing else would get one
      }
    })();
    await Promise.all([store, second, third].map(runReplays));
    over.abort();
    await delivering;
    await attemptAll(store, webhook.id, "delivered");
    expect(await store.getReplay(id)).toMatchObject({
      state: "done",
      planned: 2_600,
      done: 2_600,
      failed: 0,
    });
    const counts = await store.runSql(
      "select attempt_count, count(*) as count from deliveries group by attempt_count",
    );
    expect(counts.map((row) => ({ ...(row as object) }))).toEqual([
      { attempt_count: 2, count: expect.toSatisfy((count) => Number(count) === 2_600) },
    ]);
  });

  test("goes on where it was after its process was killed", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await ingest(store, 4_700);
    await attemptAll(store, webhook.id, "delivered");
    const { id } = await store.createReplay({}, now);
    const child = startProgram("replay-forever.ts", store.url);
    const ended = finished(child);
    child.stdout?.once("data", () => child.kill("SIGKILL"));
    await ended;
    expect(child.signalCode).toBe("SIGKILL");
    expect((await store.getReplay(id)).done).toBeGreaterThan(0);
    await runReplays(store);
    expect(await store.getReplay(id)).toMatchObject({ state: "done", done: 4_700, failed: 0 });
    const triggers = await attemptAll(store, webhook.id, "delivered");
    expect(triggers).toHaveLength(4_700);
  });
});

describe.each(testBackends)("what a webhook has missed, on $name,", (backend) => {
  test("is delivered once: what it wants now and has no delivery of", async () => {
    await using store = await openTestStore(backend);
    const before = await ingest(store, 1_100);
    await ingest(store, 5, { type: "site_published" });
    await ingest(store, 5, { context: { siteId: 9 } });
    const input = makeWebhook({ events: ["payment_received"], siteIds: [1], filter: { payment_id: [5] } });
    const { webhook } = await store.createWebhook(input, at(1));
    await ingest(store, 5, { payload: '{"payment_id":6}' });
    const after = await ingest(store, 2);
    await store.ingestTestEvent(makeEvent(), webhook.id, at(1));
    const filter = { webhookId: webhook.id, missing: true } as const;
    const plan = await store.planReplay(filter);
    expect(plan.planned).toBe(1_100);
    expect(plan.sample[0]).toEqual({
      deliveryId: null,
      eventId: before[0],
      eventType: "payment_received",
      webhookId: webhook.id,
      createdAt: at(0),
    });
    const replays = [await store.createReplay(filter, now), await store.createReplay(filter, now)];
    await runReplays(store);
    const [first, second] = await Promise.all(replays.map(({ id }) => store.getReplay(id)));
    expect((first?.done ?? 0) + (second?.done ?? 0)).toBe(1_100);
    expect(await pendingOf(store, webhook.id)).toBe(1_100 + after.length + 1);
    expect((await store.planReplay(filter)).planned).toBe(0);
    const triggers = await attemptAll(store, webhook.id, "delivered");
    expect(triggers.filter((trigger) => trigger === "replay")).toHaveLength(1_100);
  });

  test("is not planned for an inactive webhook, which would get nothing", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook({ isActive: false }), at(0));
    const filter = { webhookId: webhook.id, missing: true } as const;
    await expect(store.planReplay(filter)).rejects.toThrow(ConflictError);
    await expect(store.createReplay(filter, now)).rejects.toThrow("activate it first");
  });

  test("ends early when its webhook is deleted", async () => {
    await using store = await openTestStore(backend);
    await ingest(store, 600);
    const { webhook } = await store.createWebhook(makeWebhook(), at(1));
    const { id } = await store.createReplay({ webhookId: webhook.id, missing: true }, now);
    await store.advanceReplay(now);
    await store.deleteWebhook(webhook.id, now);
    await runReplays(store);
    expect(await store.getReplay(id)).toMatchObject({ state: "done", planned: 600, done: 500 });
  });
});
