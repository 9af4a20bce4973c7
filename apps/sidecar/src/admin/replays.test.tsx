import { afterEach, beforeEach, expect, test } from "vitest";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

async function ingest(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({
    id: newId("evt"),
    type: "payment_received",
    occurredAt: "2026-11-21T12:00:00Z",
    payload: '{"payment_id":5}',
    context: { siteId: 3 },
  }));
  await admin.services.store.ingestEvents(events, admin.clock.now);
}

const create = async (changes: Parameters<typeof webhookInput>[0] = {}) =>
  (await admin.services.store.createWebhook(webhookInput(changes), admin.clock.now)).webhook;

test("what a webhook missed is counted, confirmed, watched and cancelled", async () => {
  await ingest(1_000);
  const { id } = await create();
  const { html } = await admin.get(`/admin/webhooks/${id}`);
  const href = `/admin/replays/new?webhook=${id}&amp;missing=true&amp;count=1`;
  expect(html).toContain(`href="${href}"`);
  const plan = await admin.get(href.replaceAll("&amp;", "&"));
  expect(plan.html).toContain("1,000 deliveries would be sent");
  expect(plan.html).toContain("Replay 1,000 deliveries");
  expect((await admin.services.store.listReplays({ limit: 1 })).data).toHaveLength(0);

  const made = await admin.post("/admin/replays", { webhook: id, missing: "true", event: "", state: "" });
  expect(made.status).toBe(303);
  const path = made.location ?? "";
  expect(path).toMatch(/^\/admin\/replays\/rpl_/);
  await admin.services.store.advanceReplay(admin.clock.now);
  const running = (await admin.get(path)).html;
  expect(running).toContain("500 of 1,000");
  expect(running).toContain('<progress aria-labelledby="progress" value="500" max="1000"');
  expect((await admin.get("/admin/replays")).html).toContain("500 of 1,000");

  const cancelled = await admin.post(`${path}/cancel`);
  expect((await admin.get(cancelled.location ?? "")).html).toContain("The replay was cancelled.");
  const again = await admin.post(`${path}/cancel`);
  expect((await admin.get(again.location ?? "")).html).toContain("The replay had ended before.");
});

test("all deliveries of a list can be replayed, with its filters", async () => {
  const { id } = await create();
  await ingest(3);
  const { html } = await admin.get(`/admin/deliveries?webhook=${id}&state=pending`);
  expect(html).toContain(`href="/admin/replays/new?webhook=${id}&amp;state=pending&amp;count=1"`);
  const plan = await admin.get(`/admin/replays/new?webhook=${id}&state=pending&count=1`);
  expect(plan.html).toContain("Replay 3 deliveries");
  const none = await admin.get("/admin/replays/new?since=2026-11-21T12:00:01&count=1");
  expect(none.html).toContain("Nothing matches");
  expect(none.html).not.toContain('action="/admin/replays"');
});

test("times are those of the reader's clock, and an address with a zone means the same for everybody", async () => {
  const read = async (query: string) =>
    admin.request(`/admin/replays/new?${query}`, {
      headers: { cookie: `${admin.cookie}; sidehook_zone=Asia/Kolkata` },
    });
  const { html } = await read("since=2026-11-21T12:00:00&zone=Europe/Berlin&count=1");
  expect(html).toContain('type="datetime-local" name="since" value="2026-11-21T16:30:00"');
  expect(html).toContain("From (India Time)");
  expect(html).toMatch(/name="zone" value="Asia\/\w+"/);
  const plain = await read("since=2026-11-21T12:00&count=1");
  expect(plain.html).toContain('name="since" value="2026-11-21T17:30:00"');
});

test.each(["missing=true", "site=abc", "state=lost", "since=yesterday", "missing=maybe"])(
  "%s is refused and never read as everything",
  async (query) => {
    const { status, html } = await admin.get(`/admin/replays/new?${query}&count=1`);
    expect(status).toBe(422);
    expect(html).toContain("This cannot be replayed.");
    const fields = Object.fromEntries(new URLSearchParams(query));
    expect((await admin.post("/admin/replays", fields)).status).toBe(400);
    expect((await admin.services.store.listReplays({ limit: 1 })).data).toHaveLength(0);
  },
);

test("a webhook that is inactive or gone is told in plain words", async () => {
  const { id } = await create({ isActive: false });
  const ask = async (webhook: string) =>
    (await admin.get(`/admin/replays/new?webhook=${webhook}&missing=true&count=1`)).html;
  expect(await ask(id)).toContain("Activate it first.");
  expect(await ask("wh_none")).toContain("does not exist any more");
});
