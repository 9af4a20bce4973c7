import { describe, expect, test } from "vitest";
import type { WebhookSearch } from "./webhook-search.ts";
import {
  makeEvent,
  makeRecord,
  makeWebhook,
  openTestStore,
  testBackends,
  type TestStore,
} from "./testing.ts";

const now = new Date("2026-11-21T12:00:00.000Z");
const failed = { state: "failed", failureClass: "rejected", isWebhookGone: false } as const;

/** Four webhooks, made in this order, of which the third fails. */
async function fill(store: TestStore): Promise<void> {
  const add = async (name: string, url: string, changes = {}) =>
    (await store.createWebhook(makeWebhook({ name, url, events: ["site_published"], ...changes }), now))
      .webhook;
  await add("Beta", "https://user:pass-word@crm.example/in?key=secret-key");
  await add("alpha", "https://list.example/in", { isActive: false });
  const failing = await add("Delta", "https://erp.example/in", { events: ["payment_received"] });
  await store.pauseWebhook((await add("Gamma", "https://chat.example/in")).id, now);
  await store.ingestEvents([makeEvent()], now);
  const slots = [{ webhookId: failing.id, limit: 1 }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  await store.recordAttempts(
    claimed.map((each) => makeRecord(each, failed)),
    now,
  );
}

async function find(store: TestStore, search: Partial<WebhookSearch> = {}): Promise<string[]> {
  const { data } = await store.searchWebhooks({ order: "newest", offset: 0, limit: 50, ...search }, now);
  return data.map(({ name }) => name);
}

describe.each(testBackends)("the search for webhooks on $name", (backend) => {
  test("sorts, filters by state and looks into names, addresses and events, but not into secrets", async () => {
    await using store = await openTestStore(backend);
    await fill(store);
    expect(await find(store)).toEqual(["Gamma", "Delta", "alpha", "Beta"]);
    expect(await find(store, { order: "name" })).toEqual(["alpha", "Beta", "Delta", "Gamma"]);
    expect(await find(store, { order: "health" })).toEqual(["Delta", "alpha", "Gamma", "Beta"]);
    expect((await find(store, { order: "failed" }))[0]).toBe("Delta");
    expect(await find(store, { state: "failing" })).toEqual(["Delta"]);
    expect(await find(store, { state: "paused" })).toEqual(["Gamma"]);
    expect(await find(store, { q: "ALPHA" })).toEqual(["alpha"]);
    expect(await find(store, { q: "erp.example/in" })).toEqual(["Delta"]);
    expect(await find(store, { q: "payment" })).toEqual(["Delta"]);
    for (const q of ["pass-word", "secret-key", "nothing"]) expect(await find(store, { q })).toEqual([]);
    expect(await store.countWebhookStates()).toEqual({
      healthy: 1,
      failing: 1,
      held: 0,
      paused: 1,
      disabled: 1,
    });
  });

  test("goes on from where the page before has ended", async () => {
    await using store = await openTestStore(backend);
    await fill(store);
    const page = await store.searchWebhooks({ order: "newest", offset: 1, limit: 2 }, now);
    expect(page).toMatchObject({ data: [{ name: "Delta" }, { name: "alpha" }], total: 4 });
  });
});
