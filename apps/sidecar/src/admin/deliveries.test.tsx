import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Attempt } from "@sidehook/delivery";
import { startReceiver } from "@sidehook/delivery/testing";
import { createWorkerSender } from "../worker/sender.ts";
import { startWorker } from "../worker/worker.ts";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
const cleanups: (() => Promise<void>)[] = [];
beforeEach(async () => {
  admin = await startAdmin({ SIDEHOOK_ALLOW: "127.0.0.1" });
  cleanups.push(() => admin.close());
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

const create = async (changes: Parameters<typeof webhookInput>[0] = {}) =>
  (await admin.services.store.createWebhook(webhookInput(changes), admin.clock.now)).webhook;

async function ingest(type: string, payload = '{"payment_id":5}') {
  const event = {
    id: newId("evt"),
    type,
    occurredAt: "2026-11-21T12:00:00Z",
    payload,
    context: { siteId: 3 },
  };
  await admin.services.store.ingestEvents([event], admin.clock.now);
  const { data } = await admin.services.store.listDeliveries({ eventId: event.id }, { limit: 10 });
  return { event, delivery: data[0] };
}

/** Claims what is due and records an attempt with this outcome, as the worker does. */
async function recordAttempt(webhookId: string, outcome: Pick<Attempt, "response" | "error">) {
  const { store } = admin.services;
  const now = admin.clock.now;
  const [claimed] = await store.claimDeliveries({ now, leaseMs: 60_000, slots: [{ webhookId, limit: 1 }] });
  if (!claimed) throw new Error("nothing was due");
  const nextAttemptAt = new Date(now.getTime() + 300_000);
  const request = {
    method: "POST",
    url: "https://crm.example/in",
    headers: { a: "b" },
    body: claimed.event.payload,
  } as const;
  const attempt = {
    number: claimed.attemptNumber,
    startedAt: now,
    durationMs: 1234,
    phases: { dns: 1, connect: 2, tls: null, firstByte: 30, body: 1 },
    request,
    ...outcome,
    decision: "pending",
    nextAttemptAt,
    trigger: claimed.trigger,
  } as const;
  const decision = {
    state: "pending",
    failureClass: outcome.error?.class ?? "server_error",
    nextAttemptAt,
  } as const;
  const { id: deliveryId, claimToken } = claimed;
  const { type: eventType, payload } = claimed.event;
  const record = { deliveryId, webhookId, claimToken, eventType, payload, attempt, decision };
  await store.recordAttempts([record], now);
}

async function startDelivering() {
  const { services } = admin;
  const sender = createWorkerSender(services.config, services.publicUrl);
  const worker = startWorker({ ...services, sender, random: () => 0.5 });
  cleanups.push(async () => {
    await worker.stop();
    await sender.close();
  });
}

describe("the list of deliveries", () => {
  test("narrows down by webhook, event and state, and says when nothing matches", async () => {
    const all = await create({ name: "Everything", events: ["*"] });
    await create({ name: "Payments" });
    await ingest("payment_received");
    await ingest("my_plugin.thing");
    const rows = async (query: string) => {
      const { html } = await admin.get(`/admin/deliveries?${query}`);
      return (html.match(/<tr role="row"><th role="rowheader"/g) ?? []).length;
    };
    expect(await rows("")).toBe(3);
    expect(await rows(`webhook=${all.id}`)).toBe(2);
    expect(await rows("event=my_plugin.thing")).toBe(1);
    expect(await rows(`webhook=${all.id}&event=payment_received&state=pending`)).toBe(1);
    expect(await rows("state=delivered")).toBe(0);
    expect(await rows("state=nonsense")).toBe(3);
    const { html } = await admin.get("/admin/deliveries?state=delivered");
    expect(html).toContain("No delivery matches");
    expect(html).toContain('<option value="delivered" selected="">');
  });

  test("keeps the filter on its way to the next page", async () => {
    const { id } = await create();
    for (let index = 0; index < 51; index++) await ingest("payment_received");
    const { html } = await admin.get(`/admin/deliveries?webhook=${id}&state=pending`);
    const next = (/href="([^"]+)">Older/.exec(html)?.[1] ?? "").replaceAll("&amp;", "&");
    expect(next).toMatch(new RegExp(`^/admin/deliveries\\?webhook=${id}&state=pending&cursor=`));
    const second = await admin.get(next);
    expect(second.html.match(/<th role="rowheader"/g)).toHaveLength(1);
    expect(second.html).toContain(
      `href="/admin/deliveries?webhook=${id}&amp;state=pending">Back to the newest`,
    );
  });

  test("says what to do while there is none", async () => {
    expect((await admin.get("/admin/deliveries")).html).toContain("No deliveries yet");
    expect((await admin.get("/admin/events")).html).toContain("No events yet");
  });
});

describe("one delivery", () => {
  test("shows each attempt with its request, its answer and the next retry", async () => {
    const { id } = await create();
    const { delivery } = await ingest("payment_received", '{"total":29.90,"big":12345678901234567890}');
    const body = "<script>alert(1)</script>";
    await recordAttempt(id, {
      response: { status: 500, headers: { "x-powered-by": "PHP" }, body },
      error: null,
    });
    const { html } = await admin.get(`/admin/deliveries/${delivery?.id}`);
    expect(html).toContain("The receiver failed with an error of its own.");
    expect(html).toContain("500 Internal Server Error");
    expect(html).toContain("in 5 minutes");
    expect(html).toContain("1.2 sec");
    expect(html).toContain("x-powered-by");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("&quot;total&quot;: 29.90,\n");
    expect(html).toContain("&quot;big&quot;: 12345678901234567890\n");
    expect(html).toContain("{&quot;total&quot;:29.90,&quot;big&quot;:12345678901234567890}");
  });

  test("says in plain words why nothing was answered", async () => {
    const { id } = await create();
    const { delivery } = await ingest("payment_received");
    const message = "getaddrinfo ENOTFOUND crm.example";
    await recordAttempt(id, { response: null, error: { class: "dns", message } });
    const { html } = await admin.get(`/admin/deliveries/${delivery?.id}`);
    expect(html).toContain("The name of the receiver could not be resolved.");
    expect(html).toContain(message);
    expect(html).toContain("Check the spelling of the host");
  });

  test("can be cancelled, and replayed once it has ended", async () => {
    await create();
    const { delivery } = await ingest("payment_received");
    const path = `/admin/deliveries/${delivery?.id}`;
    expect((await admin.post(`${path}/cancel`)).location).toBe(`${path}?notice=cancelled`);
    expect((await admin.get(path)).html).toContain('badge off">Cancelled');
    const again = await admin.post(`${path}/cancel`);
    expect(again.status).toBe(409);
    expect(again.html).toContain("Nothing was done");
    expect((await admin.post(`${path}/replay`)).location).toBe(`${path}?notice=replayed`);
    expect((await admin.get(path)).html).toContain('badge waiting">Waiting');
  });
});

describe("a test event", () => {
  test("tells status, time and answer, and reloading the result sends nothing again", async () => {
    const receiver = await startReceiver({ answer: { status: 201, body: '{"id":"hello"}' } });
    cleanups.push(() => receiver.close());
    await startDelivering();
    const { id } = await create({ url: receiver.url, events: ["customer_created", "payment_*"] });
    const { status, location } = await admin.post(`/admin/webhooks/${id}/test`);
    expect(status).toBe(303);
    const { html } = await admin.get(location ?? "");
    await admin.get(location ?? "");
    expect(html).toContain("It worked.");
    expect(html).toMatch(/The receiver answered 201 after \d+ (ms|sec)/);
    expect(html).toContain("&quot;id&quot;: &quot;hello&quot;");
    expect(html).toMatch(/<option value="customer_created" selected="">/);
    expect(receiver.requests.map(({ headers }) => headers["sidehook-event"])).toEqual(["customer_created"]);
  });

  test("sends the chosen event, and says what failed and what to do", async () => {
    const receiver = await startReceiver({ answer: { status: 404, body: "no such hook" } });
    cleanups.push(() => receiver.close());
    await startDelivering();
    const { id } = await create({ url: receiver.url, events: ["*"] });
    const { location } = await admin.post(`/admin/webhooks/${id}/test`, { event: "site_published" });
    const { html } = await admin.get(location ?? "");
    expect(html).toContain("It did not work.");
    expect(html).toContain("404 Not Found");
    expect(html).toContain("The receiver refused the request.");
    expect(html).toContain("no such hook");
    expect(receiver.requests[0]?.headers["sidehook-event"]).toBe("site_published");
  });

  test("offers only what the webhook wants, and nothing where there is no sample", async () => {
    const some = await create({ events: ["membership_*"] });
    const { html } = await admin.get(`/admin/webhooks/${some.id}/test`);
    expect(html).toContain('<option value="membership_created">');
    expect(html).not.toContain('<option value="payment_received">');
    const none = await create({ events: ["my_plugin.thing"] });
    expect((await admin.get(`/admin/webhooks/${none.id}/test`)).html).toContain("no sample");
  });

  test("shows the tests of this webhook only", async () => {
    const { id } = await create();
    const { delivery } = await ingest("payment_received");
    expect((await admin.get(`/admin/webhooks/${id}/test?delivery=${delivery?.id}`)).status).toBe(404);
  });
});

test("an event tells each webhook's delivery, or why it has none", async () => {
  await create({ name: "Wants it" });
  await create({ name: "Other events", events: ["site_published"] });
  await create({ name: "Other sites", siteIds: [9] });
  await create({ name: "Inactive", isActive: false });
  const { event, delivery } = await ingest("payment_received");
  const { html } = await admin.get(`/admin/events/${event.id}`);
  expect(html).toContain(`href="/admin/deliveries/${delivery?.id}"`);
  expect(html).toMatch(/Other events[^]*does not want this event/);
  expect(html).toMatch(/Other sites[^]*for other sites/);
  expect(html).toMatch(/Inactive[^]*webhook is inactive/);
  expect((await admin.get("/admin/events?q=payment_id")).html).toContain(event.id);
  expect((await admin.get("/admin/events?q=nowhere")).html).toContain("No event matches");
});
