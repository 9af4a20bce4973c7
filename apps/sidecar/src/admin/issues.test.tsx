import { afterEach, beforeEach, expect, test } from "vitest";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

/** Deliveries of one webhook that have failed for good. */
async function fail(count: number): Promise<string> {
  const { store } = admin.services;
  const now = admin.clock.now;
  const { webhook } = await store.createWebhook(webhookInput({ name: "CRM <1>" }), now);
  const events = Array.from({ length: count }, () => ({
    id: newId("evt"),
    type: "payment_received",
    occurredAt: "2026-11-21T12:00:00Z",
    payload: '{"payment_id":5}',
    context: {},
  }));
  await store.ingestEvents(events, now);
  const slots = [{ webhookId: webhook.id, limit: count }];
  const claimed = await store.claimDeliveries({ now, leaseMs: 60_000, slots });
  const records = claimed.map((delivery) => ({
    deliveryId: delivery.id,
    webhookId: webhook.id,
    claimToken: delivery.claimToken,
    eventType: delivery.event.type,
    payload: delivery.event.payload,
    decision: { state: "failed", failureClass: "timeout", isWebhookGone: false } as const,
    attempt: {
      number: 1,
      startedAt: now,
      durationMs: 15_000,
      phases: { dns: null, connect: null, tls: null, firstByte: null, body: null },
      request: { method: "POST", url: webhook.url, headers: {}, body: delivery.event.payload } as const,
      response: null,
      error: { class: "timeout", message: "no answer within 15 s" } as const,
      decision: "failed" as const,
      nextAttemptAt: null,
      trigger: delivery.trigger,
    },
  }));
  await store.recordAttempts(records, now);
  return webhook.id;
}

test("five hundred failures are one line, which leads to all of them and to their replay", async () => {
  const id = await fail(500);
  const { html } = await admin.get("/admin/issues");
  expect(html.match(/<th role="rowheader"/g)).toHaveLength(1);
  expect(html).toContain("CRM &lt;1&gt;");
  expect(html).toContain("500 failed");
  expect(html).toContain("The receiver did not answer in time.");
  const query = `webhook=${id}&amp;cause=timeout`;
  expect(html).toContain(`href="/admin/deliveries?${query}"`);
  expect(html).toContain(`href="/admin/replays/new?${query}&amp;count=1"`);
  const list = await admin.get(`/admin/deliveries?webhook=${id}&cause=timeout`);
  expect(list.html.match(/<th role="rowheader"/g)).toHaveLength(50);
  const plan = await admin.get(`/admin/replays/new?webhook=${id}&cause=timeout&count=1`);
  expect(plan.html).toContain("Replay 500 deliveries");
  const made = await admin.post("/admin/replays", { webhook: id, cause: "timeout" });
  await admin.services.store.advanceReplay(admin.clock.now);
  expect((await admin.get(made.location ?? "")).html).toContain("500 of 500");
});

test("a replay that is confirmed twice is made once", async () => {
  const id = await fail(2);
  const plan = await admin.get(`/admin/replays/new?webhook=${id}&cause=timeout&count=1`);
  const formId = /name="formId" value="([^"]+)"/.exec(plan.html)?.[1] ?? "";
  const fields = { webhook: id, cause: "timeout", formId };
  expect((await admin.post("/admin/replays", fields)).location).toMatch(/\/replays\/rpl_/);
  expect((await admin.post("/admin/replays", fields)).location).toBe("/admin/replays?notice=replayedBefore");
  expect((await admin.services.store.listReplays({ limit: 10 })).data).toHaveLength(1);
});

test("a muted issue is folded away until it is unmuted", async () => {
  const id = await fail(3);
  const key = { webhook: id, cause: "timeout" };
  expect((await admin.post("/admin/issues/mute", key)).location).toBe("/admin/issues?notice=muted");
  const muted = (await admin.get("/admin/issues")).html;
  expect(muted).toContain("Nothing fails");
  expect(muted).toContain("1 muted issue");
  await admin.post("/admin/issues/unmute", key);
  expect((await admin.get("/admin/issues")).html).not.toContain("muted issue");
  expect((await admin.post("/admin/issues/mute", { webhook: id, cause: "toString" })).status).toBe(400);
});

test("nothing that fails is good news", async () => {
  expect((await admin.get("/admin/issues")).html).toContain("Nothing fails");
});
