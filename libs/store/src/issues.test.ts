import type { FailureClass } from "@sidehook/delivery";
import { describe, expect, test } from "vitest";
import type { Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

const start = new Date("2026-11-20T10:00:00.000Z").getTime();
const at = (minute: number) => new Date(start + minute * 60_000);

/** Events that come at this minute and fail at once. */
async function fail(
  store: Store,
  {
    webhookId,
    count,
    minute,
    ...failure
  }: {
    webhookId: string;
    count: number;
    minute: number;
    failureClass: FailureClass;
    isFinal?: boolean;
  },
): Promise<void> {
  await store.ingestEvents(
    Array.from({ length: count }, () => makeEvent()),
    at(minute),
  );
  const slots = [{ webhookId, limit: count }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  const { failureClass, isFinal = true } = failure;
  const records = claimed.map((delivery) =>
    makeRecord(
      delivery,
      isFinal
        ? { state: "failed", failureClass, isWebhookGone: false }
        : { state: "pending", failureClass, nextAttemptAt: new Date("2030-01-01") },
    ),
  );
  await store.recordAttempts(records, at(minute));
}

describe.each(testBackends)("issues on $name", (backend) => {
  test("are one line for all failures of a webhook with one cause", async () => {
    await using store = await openTestStore(backend);
    const { webhook: crm } = await store.createWebhook(makeWebhook({ name: "CRM" }), at(0));
    await fail(store, { webhookId: crm.id, count: 500, minute: 1, failureClass: "timeout" });
    await fail(store, { webhookId: crm.id, count: 3, minute: 4, failureClass: "timeout", isFinal: false });
    await fail(store, { webhookId: crm.id, count: 2, minute: 3, failureClass: "dns" });
    await store.ingestTestEvent(makeEvent(), crm.id, at(5));
    await fail(store, { webhookId: crm.id, count: 0, minute: 5, failureClass: "tls" });
    const { webhook: gone } = await store.createWebhook(makeWebhook({ name: "Deleted" }), at(6));
    await fail(store, { webhookId: gone.id, count: 1, minute: 6, failureClass: "busy" });
    await store.deleteWebhook(gone.id, at(7));

    const issues = await store.listIssues();

    expect(issues).toMatchObject([
      { webhookName: "CRM", failureClass: "timeout", failed: 500, waiting: 3, firstAt: at(1), lastAt: at(4) },
      { webhookName: "CRM", failureClass: "dns", failed: 2, waiting: 0, firstAt: at(3), lastAt: at(3) },
    ]);
    const example = await store.getDelivery(issues[0]?.deliveryId ?? "");
    expect([example.failureClass, example.createdAt]).toEqual(["timeout", at(4)]);
    const filter = { webhookId: crm.id, failureClass: "timeout" } as const;
    expect((await store.planReplay(filter)).planned).toBe(503);
    const { data } = await store.listDeliveries(filter, { limit: 200 });
    expect(data).toHaveLength(200);
    expect((await store.listDeliveries({ failureClass: "dns" }, { limit: 200 })).data).toHaveLength(2);
    expect(
      (await store.listDeliveries({ ...filter, state: "pending", since: at(2) }, { limit: 200 })).data,
    ).toHaveLength(3);
  });

  test("end when what has failed is delivered or cancelled", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    await fail(store, { webhookId: webhook.id, count: 2, minute: 1, failureClass: "reset" });
    const { data } = await store.listDeliveries({}, { limit: 2 });
    await store.replayDelivery(data[0]?.id ?? "", at(2));
    expect(await store.listIssues()).toMatchObject([{ failed: 1, waiting: 1 }]);
    await store.cancelDelivery(data[0]?.id ?? "", at(2));
    expect(await store.listIssues()).toMatchObject([{ failed: 1, waiting: 0 }]);
    await store.replayDelivery(data[1]?.id ?? "", at(2));
    const slots = [{ webhookId: webhook.id, limit: 2 }];
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    await store.recordAttempts(
      claimed.map((delivery) => makeRecord(delivery)),
      at(3),
    );
    expect(await store.listIssues()).toEqual([]);
  });

  test("that are muted come last, until they have been over once", async () => {
    await using store = await openTestStore(backend);
    const { webhook } = await store.createWebhook(makeWebhook(), at(0));
    const key = { webhookId: webhook.id, failureClass: "timeout" } as const;
    const list = async () => (await store.listIssues()).map((issue) => [issue.failureClass, issue.isMuted]);
    await fail(store, { ...key, count: 2, minute: 3 });
    await fail(store, { ...key, failureClass: "dns", count: 1, minute: 1 });
    await store.muteIssue(key, at(4));
    await store.muteIssue(key, at(5));
    await fail(store, { ...key, count: 1, minute: 6 });
    expect(await list()).toEqual([
      ["dns", false],
      ["timeout", true],
    ]);
    await store.unmuteIssue(key);
    expect(await list()).toEqual([
      ["timeout", false],
      ["dns", false],
    ]);
    await store.muteIssue(key, at(7));
    for (const { id } of (await store.listDeliveries(key, { limit: 10 })).data) {
      await store.replayDelivery(id, at(7));
      await store.cancelDelivery(id, at(7));
    }
    await fail(store, { ...key, count: 1, minute: 8 });
    expect(await list()).toEqual([
      ["timeout", false],
      ["dns", false],
    ]);
  });
});
