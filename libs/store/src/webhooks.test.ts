import { isSecret } from "@sidehook/events/signature";
import { describe, expect, test } from "vitest";
import { ConflictError, InvalidCursorError, NotFoundError, type WebhookInput } from "./store.ts";
import { makeEvent, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const later = new Date("2026-11-20T11:00:00.000Z");

/** Every field with a value of its own. */
const everything: WebhookInput = {
  name: "Zapier 🙂 'quoted' \"twice\"",
  url: "https://user:pass@hooks.example/a?b=c",
  events: ["payment_*", "site_published"],
  isActive: true,
  format: "cloudevents",
  headers: { "x-one": "1", "x-two": "ü" },
  siteIds: [3, 1, 2],
  filter: { payment_status: ["completed"], $or: [{ a: [{ prefix: "x" }] }] },
  retryScheduleMs: [1_000, 60_000],
  timeoutMs: 5_000,
  maxConcurrency: 3,
  rateLimit: { limit: 20, per: "minute" },
  isOrdered: true,
  source: "zapier",
  externalId: "zap-1",
};

describe.each(testBackends)("webhooks on $name", (backend) => {
  test("tell what they want, paused and inactive ones too, each once and sorted", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    expect(await store.listWanted()).toEqual([]);
    const events = ["site_published", "payment_*"];
    const { webhook } = await store.createWebhook(makeWebhook({ events }), now);
    await store.createWebhook(makeWebhook({ events: ["payment_*", "a"], isActive: false }), now);
    await store.pauseWebhook(
      (await store.createWebhook(makeWebhook({ events: ["b"] }), now)).webhook.id,
      now,
    );
    expect(await other.listWanted()).toEqual(["a", "b", "payment_*", "site_published"]);
    await store.deleteWebhook(webhook.id, now);
    expect(await other.listWanted()).toEqual(["a", "b", "payment_*"]);
  });

  test("come back as they were made, with a secret of their own", async () => {
    await using store = await openTestStore(backend);
    const { webhook, secret } = await store.createWebhook(everything, now);
    expect(webhook).toEqual({
      ...everything,
      id: expect.stringMatching(/^wh_/),
      isPaused: false,
      heldSince: null,
      disabledReason: null,
      createdAt: now,
      updatedAt: now,
    });
    expect(await store.getWebhook(webhook.id)).toEqual(webhook);
    expect(isSecret(secret)).toBe(true);
    expect(await store.listSecrets(webhook.id, now)).toEqual([secret]);
  });

  test("change in what is given and in nothing else", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(everything, now);
    const changes = { name: "Other", siteIds: [], timeoutMs: null };
    const changed = await store.updateWebhook(webhook.id, changes, later);
    expect(changed).toEqual({ ...webhook, ...changes, updatedAt: later });
    expect(await store.getWebhook(webhook.id)).toEqual(changed);
  });

  test("lose no change when two people edit different fields at the same time", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await Promise.all([
      store.updateWebhook(webhook.id, { name: "Other" }, later),
      other.updateWebhook(webhook.id, { url: "http://127.0.0.1:10/" }, later),
      store.pauseWebhook(webhook.id, later),
    ]);
    expect(await store.getWebhook(webhook.id)).toMatchObject({
      name: "Other",
      url: "http://127.0.0.1:10/",
      isPaused: true,
    });
  });

  test("are listed newest first, page by page", async () => {
    await using store = await openTestStore(backend);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await store.createWebhook(makeWebhook(), now)).webhook.id);
    const first = await store.listWebhooks({ limit: 3 });
    const second = await store.listWebhooks({ limit: 3, cursor: first.nextCursor ?? "" });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    await expect(store.listWebhooks({ limit: 3, cursor: "nonsense" })).rejects.toThrow(InvalidCursorError);
  });

  test("cancel what is unfinished when they are deleted, and stay in the log", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook({ name: "Gone" }), now);
    await store.ingestEvents([makeEvent(), makeEvent()], now);
    await store.claimDeliveries({ now, leaseMs: 60_000, slots: [{ webhookId: webhook.id, limit: 1 }] });
    await store.deleteWebhook(webhook.id, later);

    const { data } = await store.listDeliveries({}, { limit: 10 });
    expect(data.map(({ state, webhookName, finishedAt }) => [state, webhookName, finishedAt])).toEqual([
      ["cancelled", "Gone", later],
      ["cancelled", "Gone", later],
    ]);
    await expect(store.replayDelivery(data[0]?.id ?? "", later)).rejects.toThrow(ConflictError);
    expect((await store.listWebhooks({ limit: 10 })).data).toEqual([]);
    expect(await store.getWebhookHealth([webhook.id], later)).toEqual(new Map());
  });

  test.each<[string, (store: Awaited<ReturnType<typeof openTestStore>>, id: string) => Promise<unknown>]>([
    ["getWebhook", (store, id) => store.getWebhook(id)],
    ["updateWebhook", (store, id) => store.updateWebhook(id, { name: "x" }, now)],
    ["deleteWebhook", (store, id) => store.deleteWebhook(id, now)],
    ["pauseWebhook", (store, id) => store.pauseWebhook(id, now)],
    ["resumeWebhook", (store, id) => store.resumeWebhook(id, "send", now)],
    ["listSecrets", (store, id) => store.listSecrets(id, now)],
    ["rotateSecret", (store, id) => store.rotateSecret(id, 1_000, now)],
  ])("that do not exist, or no longer, make %s fail", async (_, call) => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    await store.deleteWebhook(webhook.id, now);
    await expect(call(store, webhook.id)).rejects.toThrow(NotFoundError);
    await expect(call(store, "wh_\u0000")).rejects.toThrow(NotFoundError);
  });
});

describe.each(testBackends)("secrets on $name", (backend) => {
  const at = (ms: number) => new Date(now.getTime() + ms);

  test("sign together while one replaces another, the newest first", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const { webhook, secret } = await store.createWebhook(makeWebhook(), now);
    await store.ingestEvents([makeEvent(), makeEvent()], now);
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    await store.claimDeliveries({ now, leaseMs: 60_000, slots });

    const newer = await other.rotateSecret(webhook.id, 1_000, now);

    expect(await store.listSecrets(webhook.id, at(999))).toEqual([newer, secret]);
    expect(await store.listSecrets(webhook.id, at(1_000))).toEqual([newer]);
    const [claimed] = await store.claimDeliveries({ now: at(999), leaseMs: 60_000, slots });
    expect(claimed?.secrets).toEqual([newer, secret]);
  });

  test("end at once without an overlap, and never later than once promised", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), now);
    const second = await store.rotateSecret(webhook.id, 1_000, now);
    const third = await store.rotateSecret(webhook.id, 60_000, now);
    expect(await store.listSecrets(webhook.id, at(1_000))).toEqual([third, second]);
    const fourth = await store.rotateSecret(webhook.id, 0, at(2_000));
    expect(await store.listSecrets(webhook.id, at(2_000))).toEqual([fourth]);
  });
});
