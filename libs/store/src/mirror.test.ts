import { describe, expect, test } from "vitest";
import type { MirroredWebhook } from "./mirror.ts";
import { makeWebhook, openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:20:00.000Z");
const later = new Date("2026-11-20T12:20:00.000Z");
const source = "ultimate-multisite";

function mirrored(number: number, more: Partial<MirroredWebhook> = {}): MirroredWebhook {
  const url = `http://127.0.0.1:9/${number}`;
  return { externalId: `1:${number}`, name: `Webhook ${number}`, url, events: ["payment_received"], ...more };
}

describe.each(testBackends)("the mirror on $name", (backend) => {
  test("makes what is new, changes what differs, and leaves the rest alone", async () => {
    await using store = await openTestStore(backend);
    const first = await store.mirrorWebhooks({ source, webhooks: [mirrored(1), mirrored(2)], now });
    expect(first.map(({ status }) => status)).toEqual(["created", "created"]);
    const ids = first.map(({ id }) => id ?? "");
    const changed = mirrored(2, { url: "http://127.0.0.1:9/new", events: ["site_published"] });
    const webhooks = [mirrored(1), changed, mirrored(3)];
    const second = await store.mirrorWebhooks({ source, webhooks, now: later });
    expect(second.map(({ status }) => status)).toEqual(["unchanged", "updated", "created"]);
    expect(second.slice(0, 2).map(({ id }) => id)).toEqual(ids);
    expect(await store.getWebhook(ids[0] ?? "")).toMatchObject({ ...mirrored(1), source, updatedAt: now });
    expect(await store.getWebhook(ids[1] ?? "")).toMatchObject({ ...changed, updatedAt: later });
    expect(await store.listSecrets(second[2]?.id ?? "", later)).toHaveLength(1);
    const again = await store.mirrorWebhooks({ source, webhooks, now: later });
    expect(again).toEqual(second.map((result) => ({ ...result, status: "unchanged" })));
  });

  test("never touches what an admin has set beside name, URL and events", async () => {
    await using store = await openTestStore(backend);
    const [result] = await store.mirrorWebhooks({ source, webhooks: [mirrored(1)], now });
    const id = result?.id ?? "";
    const own = { format: "envelope", headers: { "x-a": "1" }, siteIds: [3], timeoutMs: 5000 } as const;
    await store.updateWebhook(id, { ...own, isActive: false }, now);
    await store.mirrorWebhooks({ source, webhooks: [mirrored(1, { name: "Renamed" })], now });
    expect(await store.getWebhook(id)).toMatchObject({ ...own, isActive: false, name: "Renamed" });
    await store.mirrorWebhooks({ source, webhooks: [mirrored(1, { isActive: true })], now });
    expect(await store.getWebhook(id)).toMatchObject({ ...own, isActive: true });
  });

  test("knows its own from those that others have made", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook({ source: "api", externalId: "1:1" }), now);
    await store.createWebhook(makeWebhook(), now);
    const [result] = await store.mirrorWebhooks({ source, webhooks: [mirrored(1)], now });
    expect(result?.status).toBe("created");
    expect(await store.listMirrored(source)).toMatchObject([{ ...mirrored(1), id: result?.id }]);
    await store.deleteWebhook(result?.id ?? "", now);
    expect(await store.listMirrored(source)).toEqual([]);
    const [anew] = await store.mirrorWebhooks({ source, webhooks: [mirrored(1)], now });
    expect(anew?.status).toBe("created");
  });

  test("makes each once when two mirror at the same time", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const webhooks = [mirrored(1), mirrored(2), mirrored(3)];
    await Promise.all([
      store.mirrorWebhooks({ source, webhooks, now }),
      other.mirrorWebhooks({ source, webhooks, now }),
    ]);
    expect(await store.listMirrored(source)).toHaveLength(3);
  });

  test("tells what it would do, and does nothing", async () => {
    await using store = await openTestStore(backend);
    await store.mirrorWebhooks({ source, webhooks: [mirrored(1)], now });
    const webhooks = [mirrored(1, { name: "Other" }), mirrored(2)];
    const plan = await store.planMirror({ source, webhooks });
    expect(plan.map(({ id, status }) => [id === null, status])).toEqual([
      [false, "updated"],
      [true, "created"],
    ]);
    expect(await store.listMirrored(source)).toHaveLength(1);
  });

  test("counts what was delivered in whole hours", async () => {
    await using store = await openTestStore(backend);
    const webhooks = [mirrored(1), mirrored(2), mirrored(3)];
    const ids = (await store.mirrorWebhooks({ source, webhooks, now })).map(({ id }) => id ?? "");
    const hour = (time: string) => new Date(`2026-11-20T${time}:00.000Z`).getTime();
    const rows = [
      [ids[0], hour("09:00"), 100, 0],
      [ids[0], hour("10:00"), 5, 1],
      [ids[0], hour("11:00"), 2, 0],
      [ids[0], hour("12:00"), 1000, 0],
      [ids[1], hour("10:00"), 3, 0],
      [ids[2], hour("10:00"), 0, 4],
    ];
    for (const [id, at, delivered, failed] of rows) {
      await store.runSql(
        `INSERT INTO webhook_hours (webhook_id, hour_at, delivered, failed) VALUES ('${id}', ${at}, ${delivered}, ${failed})`,
      );
    }
    const counts = await store.countDelivered(source, { since: now, until: later });
    expect(counts.toSorted((a, b) => b.delivered - a.delivered)).toEqual([
      { externalId: "1:1", delivered: 7 },
      { externalId: "1:2", delivered: 3 },
    ]);
    expect(await store.countDelivered(source, { since: now, until: now })).toEqual([]);
  });
});
