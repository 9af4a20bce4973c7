import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

const create = async (changes: Parameters<typeof webhookInput>[0] = {}) =>
  (await admin.services.store.createWebhook(webhookInput(changes), admin.clock.now)).webhook;
const list = async () => (await admin.services.store.listWebhooks({ limit: 50 })).data;
const event = (type = "payment_received") => ({
  id: newId("evt"),
  type,
  occurredAt: "2026-11-21T12:00:00Z",
  payload: '{"payment_id":5}',
  context: {},
});
const filled = {
  formId: "form_1",
  name: "CRM",
  url: "https://crm.example/in",
  event: "payment_received",
  active: "yes",
};

describe("the list", () => {
  test("leads to the first webhook while there is none", async () => {
    const { html } = await admin.get("/admin/webhooks");
    expect(html).toContain("No webhooks yet");
    expect(html.match(/Add New Webhook/g)).toHaveLength(1);
    expect((await admin.get("/admin")).location).toBe("/admin/overview");
  });

  test("shows names as text, whatever they contain", async () => {
    await create({ name: '<img src=x onerror="alert(1)">' });
    const { html } = await admin.get("/admin/webhooks");
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(html).not.toContain("<img src=x");
  });

  test("tells paused, inactive and switched off apart", async () => {
    const { store } = admin.services;
    await create({ name: "Inactive one", isActive: false });
    await store.pauseWebhook((await create({ name: "Paused one" })).id, admin.clock.now);
    const { html } = await admin.get("/admin/webhooks");
    expect(html).toMatch(/Paused one[^]*badge waiting">Paused[^]*Inactive one[^]*badge off">Inactive/);
  });

  test("marks what is mirrored from Ultimate Multisite on its own page", async () => {
    const mirrored = await create({ source: "ultimate-multisite", externalId: "1:17" });
    const own = await create();
    const isMarked = async ({ id }: { id: string }) =>
      (await admin.get(`/admin/webhooks/${id}`)).html.includes("Mirrored from Ultimate Multisite");
    expect([await isMarked(mirrored), await isMarked(own)]).toEqual([true, false]);
  });
});

describe("secrets", () => {
  test("are on no page: URL credentials, own headers, the secret, the bridge key, the token", async () => {
    const { store, keys } = admin.services;
    const headers = { "x-api-key": "header-value" };
    const { webhook, secret } = await store.createWebhook(
      webhookInput({ url: "https://jane:pass-word@crm.example/in", headers, events: ["*"] }),
      admin.clock.now,
    );
    const sent = event();
    await store.ingestEvents([sent], admin.clock.now);
    const [delivery] = (await store.listDeliveries({}, { limit: 1 })).data;
    const bin = await store.createBin("Bin", admin.clock.now);
    const paths = [
      "overview",
      "doctor",
      "settings/access",
      "webhooks",
      "webhooks/new",
      "deliveries",
      "events",
      "event-types",
      "bins",
      "settings",
      ...["", "/edit", "/test", "/secret", "/delete"].map((page) => `webhooks/${webhook.id}${page}`),
      `deliveries/${delivery?.id}`,
      `events/${sent.id}`,
      `bins/${bin.id}`,
      `bins/${bin.id}/delete`,
      "event-types/payment_received",
    ];
    const hidden = ["jane", "pass-word", "header-value", secret, keys.adminToken, keys.bridgeKey];
    for (const path of paths) {
      const { status, html } = await admin.get(`/admin/${path}`);
      expect({ path, status }).toEqual({ path, status: 200 });
      for (const value of hidden)
        expect({ path, value, found: html.includes(value) }).toEqual({ path, value, found: false });
    }
    expect((await admin.post(`/admin/webhooks/${webhook.id}/secret`)).html).toContain(secret);
    const rotate = { overlap: "24h", formId: "form_rotate" };
    const rotated = await admin.post(`/admin/webhooks/${webhook.id}/secret/rotate`, rotate);
    await admin.post(`/admin/webhooks/${webhook.id}/secret/rotate`, rotate); // a reload
    const [next, ...others] = await store.listSecrets(webhook.id, admin.clock.now);
    expect(others).toEqual([secret]);
    expect(rotated.html).toContain(next);
    expect((await admin.post("/admin/settings/key")).html).toContain(keys.bridgeKey);
  });
});

describe("the form", () => {
  test("makes a webhook of name, URL and event", async () => {
    const { status, location } = await admin.post("/admin/webhooks/new", filled);
    const [webhook] = await list();
    expect({ status, location }).toEqual({
      status: 303,
      location: `/admin/webhooks/${webhook?.id}?notice=added`,
    });
    expect(webhook).toMatchObject({
      name: "CRM",
      url: "https://crm.example/in",
      events: ["payment_received"],
      isActive: true,
      source: "manual",
    });
  });

  test("that is sent twice makes one webhook", async () => {
    const [first, second] = await Promise.all([
      admin.post("/admin/webhooks/new", filled),
      admin.post("/admin/webhooks/new", filled),
    ]);
    expect([first.status, second.status]).toEqual([303, 303]);
    expect([first.location, second.location]).toContain("/admin/webhooks?notice=again");
    expect(await list()).toHaveLength(1);
  });

  test("says everything that is wrong at once, beside the fields, and keeps what was typed", async () => {
    const typed = {
      ...filled,
      name: " ",
      url: "ftp://crm.example",
      event: "",
      patterns: "pay?ment site_published",
    };
    const { status, html } = await admin.post("/admin/webhooks/new", typed);
    expect(status).toBe(422);
    expect(html).toContain("3 things are not right yet");
    expect(html).toMatch(/id="name-problems"><li>Enter a name\./);
    expect(html).toMatch(/id="url-problems"><li>URL must begin with http/);
    expect(html).toMatch(/id="event-problems"><li>pay\?ment must be an event type/);
    expect(html).toMatch(/<input id="url"[^>]*aria-describedby="url-hint url-problems" aria-invalid="true"/);
    expect(html).toContain('value="ftp://crm.example"');
    expect(html).toContain('value="pay?ment site_published"');
    expect(html).toContain('value="form_1"');
    expect(await list()).toEqual([]);
  });

  test("asks for what is missing in its own words", async () => {
    const { html } = await admin.post("/admin/webhooks/new", { formId: "f" });
    for (const text of ["Enter a name.", "Enter a URL, or use a bin.", "Choose an event."])
      expect(html).toContain(text);
  });

  test("takes several events and patterns together", async () => {
    const events = ["customer_created", "site_published"];
    await admin.post("/admin/webhooks/new", { ...filled, events, patterns: "membership_*,  my.own" });
    expect((await list())[0]?.events).toEqual([
      "payment_received",
      "customer_created",
      "site_published",
      "membership_*",
      "my.own",
    ]);
  });

  test("makes a bin and uses its URL, with everything else kept", async () => {
    const { status, html } = await admin.post("/admin/webhooks/new", { ...filled, url: "", action: "bin" });
    const [bin] = (await admin.services.store.listBins({ limit: 5 })).data;
    expect(status).toBe(200);
    expect(html).toContain(`value="http://sidehook.test/bin/${bin?.id}"`);
    expect(html).toMatch(/value="CRM"[^]*<option value="payment_received" selected=""/);
    expect(await list()).toEqual([]);
  });

  test("shows the payload of the chosen event without a script", async () => {
    const { html } = await admin.post("/admin/webhooks/new", {
      ...filled,
      event: "customer_created",
      action: "show",
    });
    expect(html).toContain('data-event-type="customer_created"');
    expect(html).toContain("customer_user_email");
    expect(await list()).toEqual([]);
  });

  test("warns of addresses that are refused and of plain http, and saves all the same", async () => {
    const warn = async (url: string) =>
      (await admin.post("/admin/webhooks/new", { ...filled, url, action: "show" })).html;
    expect(await warn("http://10.0.0.5/in")).toContain("Deliveries to 10.0.0.5 will be refused, because");
    expect(await warn("http://169.254.169.254/in")).toContain("stays closed even if SIDEHOOK_ALLOW names it");
    expect(await warn("https://localhost:9000/in")).toContain("SIDEHOOK_ALLOW");
    expect(await warn("http://crm.example/in")).toContain("begins with http://, so");
    expect(await warn("https://crm.example/in")).not.toContain("notice warning");
    expect(await warn("http://sidehook.test/bin/bin_1")).not.toContain("notice warning");
    expect((await admin.post("/admin/webhooks/new", { ...filled, url: "http://10.0.0.5/in" })).status).toBe(
      303,
    );
  });

  test("changes a webhook and leaves alone what it does not show", async () => {
    const webhook = await create({
      headers: { "x-key": "1" },
      siteIds: [3],
      events: ["payment_*", "site_published"],
    });
    const { html } = await admin.get(`/admin/webhooks/${webhook.id}/edit`);
    expect(html).toMatch(/value="site_published" checked=""/);
    expect(html).toContain('value="payment_*"');
    const { location } = await admin.post(`/admin/webhooks/${webhook.id}/edit`, { ...filled, name: "New" });
    expect(location).toBe(`/admin/webhooks/${webhook.id}?notice=saved`);
    expect((await list())[0]).toMatchObject({
      name: "New",
      events: ["payment_received"],
      headers: { "x-key": "1" },
      siteIds: [3],
    });
  });

  test("keeps the credentials of a URL without showing them, for the same host only", async () => {
    const { id } = await create({ url: "https://jane:p$&ss@crm.example/in" });
    const save = (url: string) => admin.post(`/admin/webhooks/${id}/edit`, { ...filled, url });
    expect((await admin.get(`/admin/webhooks/${id}/edit`)).html).toContain(
      'value="https://***:***@crm.example/in"',
    );
    await save("https://***:***@crm.example/other");
    expect((await list())[0]?.url).toBe("https://jane:p$&ss@crm.example/other");
    const elsewhere = await save("https://***:***@evil.example/in");
    expect(elsewhere.status).toBe(422);
    expect(elsewhere.html).toContain("enter the user name and password again");
    await save("https://crm.example/in");
    expect((await list())[0]?.url).toBe("https://crm.example/in");
  });
});

describe("the buttons", () => {
  test("activate and deactivate", async () => {
    const { id } = await create();
    await admin.post(`/admin/webhooks/${id}/deactivate`);
    expect((await list())[0]?.isActive).toBe(false);
    await admin.post(`/admin/webhooks/${id}/activate`);
    expect((await list())[0]?.isActive).toBe(true);
  });

  test("pause, tell how many wait, and resume with or without them", async () => {
    const { store } = admin.services;
    const { id } = await create();
    await admin.post(`/admin/webhooks/${id}/pause`);
    await store.ingestEvents([event(), event()], admin.clock.now);
    const { html } = await admin.get(`/admin/webhooks/${id}`);
    expect(html).toContain("2 deliveries wait now.");
    expect(html).toContain("Resume and discard 2 deliveries");
    await admin.post(`/admin/webhooks/${id}/resume`, { backlog: "discard" });
    expect((await list())[0]?.isPaused).toBe(false);
    const states = (await store.listDeliveries({ webhookId: id }, { limit: 5 })).data.map(
      ({ state }) => state,
    );
    expect(states).toEqual(["cancelled", "cancelled"]);
  });

  test("delete only from the page that says what goes with it", async () => {
    const { id } = await create({ name: "Doomed" });
    await admin.services.store.ingestEvents([event()], admin.clock.now);
    const asked = await admin.post(`/admin/webhooks/${id}/delete`);
    expect(asked.status).toBe(422);
    expect(asked.html).toContain("Nothing was deleted.");
    expect(await list()).toHaveLength(1);
    const { html } = await admin.get(`/admin/webhooks/${id}/delete`);
    expect(html).toContain("Delete Doomed?");
    expect(html).toContain("1 delivery that waits will be cancelled.");
    const done = await admin.post(`/admin/webhooks/${id}/delete`, { confirmed: "Doomed" });
    expect(done.location).toBe("/admin/webhooks?notice=deleted");
    expect(await list()).toEqual([]);
    expect((await admin.get(`/admin/webhooks/${id}`)).status).toBe(404);
  });

  test("of something that does not exist answer with a page that says so", async () => {
    for (const action of ["activate", "pause", "resume", "delete", "secret", "test", "edit"]) {
      const { status, html } = await admin.post(`/admin/webhooks/wh_none/${action}`);
      expect({ action, status }).toEqual({ action, status: 404 });
      expect(html).toContain("Not found");
    }
  });
});
