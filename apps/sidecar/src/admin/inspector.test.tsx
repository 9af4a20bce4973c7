import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { receive } from "@sidehook/events/receiver";
import { startReceiver } from "@sidehook/delivery/testing";
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

async function makeDelivery(changes: Parameters<typeof webhookInput>[0] = {}, payload = '{"payment_id":5}') {
  const { store } = admin.services;
  const { webhook, secret } = await store.createWebhook(webhookInput(changes), admin.clock.now);
  const eventId = await ingest("payment_received", payload);
  const { data } = await store.listDeliveries({ eventId }, { limit: 1 });
  return { webhook, secret, eventId, path: `/admin/deliveries/${data[0]?.id}` };
}

async function ingest(type: string, payload: string): Promise<string> {
  const event = {
    id: newId("evt"),
    type,
    occurredAt: "2026-11-21T12:00:00Z",
    payload,
    context: { siteId: 3 },
  };
  await admin.services.store.ingestEvents([event], admin.clock.now);
  return event.id;
}

async function startTestReceiver() {
  const receiver = await startReceiver({ answer: { status: 202, body: "taken" } });
  cleanups.push(() => receiver.close());
  return receiver;
}

function unescape(html: string): string {
  const marks = { "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return html.replaceAll(/&(?:quot|#39|lt|gt|amp);/g, (mark) => marks[mark as keyof typeof marks]);
}

describe("copy as curl", () => {
  test("gives a command whose signature a receiver takes, with what the log masks", async () => {
    const { secret, eventId, path } = await makeDelivery({
      url: "https://user:pass@crm.example/hooks",
      headers: { "x-key": "own key" },
    });
    expect((await admin.get(path)).html).not.toContain("own key");
    const { html, status } = await admin.post(`${path}/curl`);
    expect(status).toBe(200);
    const command = unescape(/<code>(curl -i[^]*?)<\/code>/.exec(html)?.[1] ?? "");
    const headers = Object.fromEntries(
      [...command.matchAll(/-H '([^:]+): ([^']*)'/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    const body = /--data-raw '([^]*)'$/.exec(command)?.[1] ?? "";
    expect(command).toContain("'https://crm.example/hooks'");
    expect(headers).toMatchObject({ "x-key": "own key", authorization: `Basic ${btoa("user:pass")}` });
    const request = new Request("https://crm.example/hooks", { method: "POST", headers, body });
    const event = await receive(request, { secrets: secret, now: () => admin.clock.now.getTime() });
    expect(event).toMatchObject({ id: eventId, payload: { payment_id: 5 } });
  });

  test("is not to be had by a link, without a session, or without the form of the page", async () => {
    const { path } = await makeDelivery();
    expect((await admin.get(`${path}/curl`)).status).toBe(404);
    expect((await admin.request(`${path}/curl`, { method: "POST" })).location).toContain("/admin/sign-in");
    expect((await admin.post(`${path}/curl`, { csrf: "wrong" })).status).toBe(403);
  });
});

describe("a replay to another URL", () => {
  test("is sent once, signed, without the webhook's credentials and headers, and changes nothing", async () => {
    const receiver = await startTestReceiver();
    const { secret, path, eventId } = await makeDelivery({
      url: "https://user:pass@crm.example/hooks",
      headers: { "x-key": "own key" },
    });
    const formId =
      /name="formId" value="([^"]+)"/.exec((await admin.get(`${path}/elsewhere`)).html)?.[1] ?? "";
    const { html } = await admin.post(`${path}/elsewhere`, { url: receiver.url, formId });
    expect(html).toContain("202 Accepted");
    expect(html).toContain("taken");
    const again = await admin.post(`${path}/elsewhere`, { url: receiver.url, formId });
    expect(again.location).toContain("notice=sentBefore");
    expect(receiver.requests).toHaveLength(1);
    const [sent] = receiver.requests;
    expect(sent?.headers).not.toHaveProperty("x-key");
    expect(sent?.headers).not.toHaveProperty("authorization");
    const headers = sent?.headers as Record<string, string>;
    const request = new Request("http://receiver.example", {
      method: "POST",
      headers,
      body: sent?.body ?? "",
    });
    expect(await receive(request, { secrets: secret, now: () => admin.clock.now.getTime() })).toMatchObject({
      id: eventId,
    });
    expect((await admin.get(path)).html).toContain("No attempt was made yet.");
  });

  test.each(["http://10.0.0.7/", "http://169.254.169.254/latest/meta-data", "http://[::1]:9/"])(
    "does not reach %s, which no webhook may reach either",
    async (url) => {
      const { path } = await makeDelivery();
      const { html } = await admin.post(`${path}/elsewhere`, { url });
      expect(html).toContain("Nothing was sent.");
      expect(html).toContain("The address of the receiver may not be reached.");
    },
  );

  test("says what is wrong with an address, and keeps it", async () => {
    const { path } = await makeDelivery();
    const { html, status } = await admin.post(`${path}/elsewhere`, { url: "ftp://receiver.example/<x>" });
    expect(status).toBe(422);
    expect(html).toContain("must begin with http:// or https://");
    expect(html).toContain('value="ftp://receiver.example/&lt;x&gt;"');
    expect((await admin.post(`${path}/elsewhere`, { url: " " })).html).toContain("Enter a URL.");
  });
});

test("a delivery and its event mark what differs from the event before of the same object", async () => {
  const before = await ingest("payment_created", '{"payment_id":5,"payment_status":"pending","note":1}');
  const { path, eventId } = await makeDelivery(
    {},
    '{"payment_id":5,"payment_status":"completed","fee":2.50}',
  );
  for (const page of [path, `/admin/events/${eventId}`]) {
    const { html } = await admin.get(page);
    expect(html).toContain(`href="/admin/events/${before}"`);
    expect(html).toContain("3 values differ from");
    expect(html).toMatch(
      /<li class="changed"><span class="name">payment_status<[^]*?was[^]*?&quot;pending&quot;/,
    );
    expect(html).toMatch(/<li class="new"><span class="name">fee<\/span>: <span class="number">2.50</);
    expect(html).toMatch(/<li class="gone"><span class="name">note</);
  }
});

describe("the logs", () => {
  test("are searched by what happened to whom, and each subject of an event leads to the others", async () => {
    await makeDelivery({}, '{"payment_id":5,"customer_id":7,"customer_user_email":"Robin@example.com"}');
    const other = await ingest("payment_received", '{"payment_id":6,"customer_id":8}');
    for (const q of ["customer:7", "robin@EXAMPLE.com", "payment:5"]) {
      const events = (await admin.get(`/admin/events?q=${encodeURIComponent(q)}`)).html;
      expect(events.match(/<th role="rowheader"/g)).toHaveLength(1);
      const deliveries = (await admin.get(`/admin/deliveries?q=${encodeURIComponent(q)}`)).html;
      expect(deliveries.match(/<th role="rowheader"/g)).toHaveLength(1);
    }
    const { html } = await admin.get(`/admin/events/${other}`);
    expect(html).toContain('href="/admin/events?q=customer%3A8"');
  });

  test("are kept up to date on their first page only", async () => {
    await makeDelivery();
    for (const list of ["/admin/deliveries", "/admin/events"]) {
      expect((await admin.get(list)).html).toContain("data-live=");
      expect((await admin.get(`${list}?cursor=WzEsMV0`)).html).not.toContain("data-live=");
    }
  });

  test("go back as far as is asked for, and hand that on to a replay", async () => {
    await makeDelivery();
    admin.clock.now = new Date(admin.clock.now.getTime() + 2 * 3_600_000);
    expect((await admin.get("/admin/deliveries?since=1h")).html).toContain("No delivery matches");
    const { html } = await admin.get("/admin/deliveries?since=24h");
    expect(html).toContain("/admin/replays/new?since=2026-11-20T14%3A00%3A00");
    expect((await admin.get("/admin/deliveries?since=toString")).html).toContain("Replay all that match");
  });
});
