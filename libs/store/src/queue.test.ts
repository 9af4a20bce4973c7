import type { ClaimedDelivery } from "@sidehook/delivery";
import { describe, expect, test, vi } from "vitest";
import type { Store } from "./store.ts";
import { lanes } from "./schema.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const leaseMs = 60_000;

/** A webhook with this many events waiting for it. */
async function makeBacklog(store: Store, count: number): Promise<string> {
  const { webhook } = await store.createWebhook(makeWebhook(), new Date());
  await store.ingestEvents(
    Array.from({ length: count }, () => makeEvent()),
    new Date(),
  );
  return webhook.id;
}

function claim(
  store: Store,
  webhookId: string,
  { limit = 100, leaseMs: lease = leaseMs } = {},
): Promise<ClaimedDelivery[]> {
  return store.claimDeliveries({ now: new Date(), leaseMs: lease, slots: [{ webhookId, limit }] });
}

async function claimOne(store: Store, webhookId: string, lease = leaseMs): Promise<ClaimedDelivery> {
  const [claimed] = await claim(store, webhookId, { limit: 1, leaseMs: lease });
  if (!claimed) throw new Error("nothing is due");
  return claimed;
}

async function stateOf(store: Store, id: string) {
  return (await store.getDelivery(id)).state;
}

function inMs(ms: number): Date {
  return new Date(Date.now() + ms);
}

/** Whatever the lease is measured by: once it has run out. */
async function rescueExpired(store: Store): Promise<number> {
  return vi.waitUntil(() => store.rescueDeliveries(new Date()), { timeout: 20_000, interval: 5 });
}

describe.each(testBackends)("the queue on $name", (backend) => {
  test("never hands one delivery to two claimers", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const webhookId = await makeBacklog(store, 200);
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, n) => claim(n % 2 ? store : other, webhookId, { limit: 10 })),
    );
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    while (ids.length < 200) ids.push((await claimOne(store, webhookId)).id);
    expect(new Set(ids).size).toBe(200);
    expect(await claim(other, webhookId)).toEqual([]);
  });

  test("keeps an event once for all webhooks that get it in one claim", async () => {
    await using store = await openTestStore(backend);
    const made = await Promise.all([1, 2, 3].map(() => store.createWebhook(makeWebhook(), new Date())));
    const events = [makeEvent(), makeEvent()];
    await store.ingestEvents(events, new Date());
    const slots = made.map(({ webhook }) => ({ webhookId: webhook.id, limit: 10 }));
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
    const pairs = claimed.map(({ webhook, event }) => `${webhook.id} ${event.id}`);
    expect(new Set(pairs).size).toBe(6);
    expect(new Set(claimed.map(({ event }) => event)).size).toBe(2);
  });

  test("hands out everything an attempt needs", async () => {
    await using store = await openTestStore(backend);
    const { webhook, secret } = await store.createWebhook(
      makeWebhook({ headers: { "x-a": "1" } }),
      new Date(),
    );
    const event = makeEvent();
    await store.ingestEvents([event], new Date());
    const claimed = await claimOne(store, webhook.id);
    expect(claimed).toMatchObject({
      event,
      webhook,
      secrets: [secret],
      attemptNumber: 1,
      trigger: "automatic",
    });
    expect(await stateOf(store, claimed.id)).toBe("sending");
  });

  test("takes no more of a webhook than its slot allows", async () => {
    await using store = await openTestStore(backend);
    const one = await makeBacklog(store, 3);
    const two = await makeBacklog(store, 3);
    const slots = [
      { webhookId: one, limit: 2 },
      { webhookId: two, limit: 1 },
      { webhookId: "wh_none", limit: 5 },
    ];
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
    expect(claimed.map(({ webhook }) => webhook.id).sort()).toEqual([one, one, two].sort());
  });

  test("takes what is due in the order in which it came", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), new Date());
    const events = Array.from({ length: 5 }, () => makeEvent());
    for (const event of events) await store.ingestEvents([event], new Date());
    const claimed = await claim(store, webhook.id);
    expect(claimed.map(({ event }) => event.id)).toEqual(events.map(({ id }) => id));
  });

  test("goes on where a claim has ended, and with what was put back once the list is read anew", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 6);
    const listed = async () => (await store.listDueWebhooks())[0]?.lanes ?? [];
    const claimIn = (waiting: Awaited<ReturnType<typeof listed>>) =>
      store.claimDeliveries({ now: new Date(), leaseMs, slots: [{ webhookId, limit: 2, lanes: waiting }] });
    const once = await listed();
    const first = await claimIn(once);
    const second = await claimIn(once);
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(4);
    await store.releaseClaims([...first, ...second].map(({ claimToken }) => claimToken));
    const again = await listed();
    const claimed = [...(await claimIn(again)), ...(await claimIn(again)), ...(await claimIn(again))];
    expect(claimed.map(({ id }) => id).slice(0, 4)).toEqual([...first, ...second].map(({ id }) => id));
    expect(claimed).toHaveLength(6);
  });

  test("says where a claim has left nothing, as far as it could see", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 5);
    const waiting = (await store.listDueWebhooks())[0]?.lanes ?? [];
    const said: unknown[] = [];
    for (const limit of [2, 1, 3]) {
      await store.claimDeliveries({
        now: new Date(),
        leaseMs,
        slots: [{ webhookId, limit, lanes: waiting }],
      });
      said.push(waiting.map(({ isPerhapsEmpty }) => isPerhapsEmpty));
    }
    expect(said).toEqual([[false], [true], [true]]);
  });

  test("takes tests first, then first attempts, then retries", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 1);
    const first = await claimOne(store, webhookId);
    const retry = { state: "pending", failureClass: "busy", nextAttemptAt: inMs(-1_000) } as const;
    await store.recordAttempts([makeRecord(first, retry)], new Date());
    await store.ingestEvents([makeEvent()], new Date());
    await store.ingestTestEvent(makeEvent(), webhookId, new Date());
    const claimed = await claim(store, webhookId);
    expect(claimed.map(({ trigger, attemptNumber }) => [trigger, attemptNumber])).toEqual([
      ["test", 1],
      ["automatic", 1],
      ["automatic", 2],
    ]);
  });

  test("leaves a retry alone until it is due", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 1);
    const claimed = await claimOne(store, webhookId);
    const nextAttemptAt = inMs(60_000);
    await store.recordAttempts(
      [makeRecord(claimed, { state: "pending", failureClass: "timeout", nextAttemptAt })],
      new Date(),
    );
    expect(await claim(store, webhookId)).toEqual([]);
    expect(await store.listDueWebhooks()).toEqual([
      {
        webhookId,
        lanes: [{ lane: lanes.again }],
        dueAt: nextAttemptAt,
        maxConcurrency: null,
        canClaimAhead: true,
      },
    ]);
    const slots = [{ webhookId, limit: 1 }];
    const later = await store.claimDeliveries({ now: inMs(61_000), leaseMs, slots });
    expect(later).toHaveLength(1);
  });

  test("makes a first attempt at once, also when the clock has been set back since the event came", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), new Date());
    await store.ingestEvents([makeEvent()], inMs(3_600_000));
    const [due] = await store.listDueWebhooks();
    expect(due?.dueAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await claim(store, webhook.id)).toHaveLength(1);
  });

  test("returns a delivery to the queue when its lease has run out, and hands it out again", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 1);
    const dead = await claimOne(store, webhookId, 1);
    expect(await rescueExpired(store)).toBe(1);
    expect(await stateOf(store, dead.id)).toBe("pending");
    const again = await claimOne(store, webhookId);
    expect(again).toMatchObject({ id: dead.id, attemptNumber: 1 });
    expect(again.claimToken).not.toBe(dead.claimToken);
  });

  test("rescues nothing whose lease is still running or has been renewed", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 3);
    const expired = await claimOne(store, webhookId, 1);
    const renewed = await claimOne(store, webhookId, 1);
    await claimOne(store, webhookId);
    await store.renewClaims([renewed.claimToken], leaseMs, new Date());
    expect(await rescueExpired(store)).toBe(1);
    expect(await stateOf(store, expired.id)).toBe("pending");
    expect(await stateOf(store, renewed.id)).toBe("sending");
  });

  test("gives claims back unused, and only those that are still held", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 2);
    const lost = await claimOne(store, webhookId, 1);
    await rescueExpired(store);
    const kept = await claim(store, webhookId);
    await store.releaseClaims([lost.claimToken, kept.find(({ id }) => id !== lost.id)?.claimToken ?? ""]);
    const states = await Promise.all(kept.map(({ id }) => stateOf(store, id)));
    expect(states.sort()).toEqual(["pending", "sending"]);
    expect(await claimOne(store, webhookId)).toMatchObject({ attemptNumber: 1 });
  });

  test("ignores tokens that it never gave out", async () => {
    await using store = await openTestStore(backend);
    const claimed = await claimOne(store, await makeBacklog(store, 1));
    const tokens = ["", "x", "x.1", ".", "a.b", `${claimed.claimToken}0`];
    await store.renewClaims(tokens, -1_000_000, new Date());
    await store.releaseClaims(tokens);
    const records = tokens.map((claimToken) => ({ ...makeRecord(claimed), claimToken }));
    const { lost } = await store.recordAttempts(records, new Date());
    expect(lost).toHaveLength(tokens.length);
    expect(await store.rescueDeliveries(new Date())).toBe(0);
    expect(await stateOf(store, claimed.id)).toBe("sending");
  });

  test("lists no webhook that has nothing waiting or may not send, and none that is deleted", async () => {
    await using store = await openTestStore(backend);
    const [open, paused, inactive, deleted] = await Promise.all(
      Array.from(
        { length: 4 },
        async () => (await store.createWebhook(makeWebhook(), new Date())).webhook.id,
      ),
    );
    await store.ingestEvents([makeEvent()], new Date());
    await store.createWebhook(makeWebhook(), new Date());
    await store.pauseWebhook(paused ?? "", new Date());
    await store.updateWebhook(inactive ?? "", { isActive: false }, new Date());
    await store.deleteWebhook(deleted ?? "", new Date());
    expect((await store.listDueWebhooks()).map(({ webhookId }) => webhookId)).toEqual([open]);
  });

  test("sends a test event of a paused or inactive webhook, and nothing else", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 1);
    await store.pauseWebhook(webhookId, new Date());
    await store.updateWebhook(webhookId, { isActive: false }, new Date());
    expect(await claim(store, webhookId)).toEqual([]);
    expect(await store.listDueWebhooks()).toEqual([]);
    const { deliveryId } = await store.ingestTestEvent(makeEvent(), webhookId, new Date());
    expect((await store.listDueWebhooks()).map((due) => due.webhookId)).toEqual([webhookId]);
    expect((await claim(store, webhookId)).map(({ id }) => id)).toEqual([deliveryId]);
  });

  test("lets a paused backlog go on resuming, or cancels it", async () => {
    await using store = await openTestStore(backend);
    const webhookId = await makeBacklog(store, 1_100);
    await store.pauseWebhook(webhookId, new Date());
    expect((await store.resumeWebhook(webhookId, "send", new Date())).isPaused).toBe(false);
    const sent = await claimOne(store, webhookId);
    await store.pauseWebhook(webhookId, new Date());
    await store.resumeWebhook(webhookId, "discard", new Date());
    expect(await claim(store, webhookId)).toEqual([]);
    expect(await stateOf(store, sent.id)).toBe("sending");
    const { data } = await store.listDeliveries({ state: "cancelled" }, { limit: 1 });
    expect(data[0]).toMatchObject({ nextAttemptAt: null, finishedAt: expect.any(Date) });
  });
});
